/** Images that projects use most, with a version of today and the port they listen on. */
const KNOWN: readonly (readonly [image: string, port: number | undefined])[] = [
  ["adminer:4", 8080],
  ["alpine:3.21", undefined],
  ["busybox:1.37", undefined],
  ["caddy:2.9", 80],
  ["debian:12-slim", undefined],
  ["elasticsearch:8.17.0", 9200],
  ["grafana/grafana:11.4.0", 3000],
  ["httpd:2.4", 80],
  ["mailhog/mailhog:v1.0.1", 8025],
  ["mariadb:11.4", 3306],
  ["memcached:1.6", 11211],
  ["mongo:8.0", 27017],
  ["mysql:8.4", 3306],
  ["nginx:1.27", 80],
  ["node:22-slim", undefined],
  ["postgres:17", 5432],
  ["prom/prometheus:v3.0.1", 9090],
  ["python:3.13-slim", undefined],
  ["rabbitmq:4.0-management", 5672],
  ["redis:7.4", 6379],
  ["traefik:v3.2", 80],
  ["wordpress:6.7", 80],
];

/** Names with a version, in alphabetical order. */
export const knownImages: readonly string[] = KNOWN.map(([image]) => image);

/** The port an image is known to listen on. */
export function portOfImage(image: string): number | undefined {
  const name = image.replace(/^(?:docker\.io\/)?(?:library\/)?/, "").replace(/[:@].*$/, "");
  return KNOWN.find(([known]) => known.replace(/:.*$/, "") === name)?.[1];
}
