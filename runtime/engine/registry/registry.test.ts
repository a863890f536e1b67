import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenge } from "./challenge.ts";
import { endpointsOf } from "./endpoint.ts";
import { parseConfig, parseManifest } from "./manifest.ts";
import { choosePlatform, parsePlatform, printPlatform } from "./platform.ts";
import { RegistryAnswer } from "./registry-answer.ts";

const digest = `sha256:${"a".repeat(64)}`;
const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const ociIndex = "application/vnd.oci.image.index.v1+json";

function manifest(change: Record<string, unknown> = {}): Record<string, unknown> {
  const layer = { mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest, size: 5 };
  return {
    schemaVersion: 2,
    mediaType: ociManifest,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest, size: 2 },
    layers: [layer],
    ...change,
  };
}

function parse(document: unknown, contentType = ociManifest) {
  return parseManifest(Buffer.from(JSON.stringify(document)), contentType);
}

test("challenges are read whatever their order and quotes", () => {
  const bearer =
    'Bearer realm="https://auth.example/token",service="reg.example",scope="repository:a/b:pull,push"';
  assert.deepEqual(parseChallenge(bearer), {
    scheme: "bearer",
    realm: "https://auth.example/token",
    service: "reg.example",
    scope: "repository:a/b:pull,push",
  });
  assert.deepEqual(parseChallenge('Basic realm="x", bearer realm=https://t'), {
    scheme: "bearer",
    realm: "https://t",
    service: undefined,
    scope: undefined,
  });
  assert.deepEqual(parseChallenge('Basic realm="Registry"'), { scheme: "basic" });
  assert.equal(parseChallenge("Negotiate"), undefined);
  assert.equal(parseChallenge(undefined), undefined);
});

test("mirrors come before Docker Hub and get no credentials; loopback and named hosts need no verified TLS", () => {
  const options = { mirrors: ["http://m:5000/", "https://n/base"], insecureHosts: ["plain.lan:81", "lan"] };
  const urls = (domain: string) => endpointsOf(domain, options).map(({ url }) => url);
  assert.deepEqual(urls("docker.io"), ["http://m:5000", "https://n/base", "https://registry-1.docker.io"]);
  assert.deepEqual(
    endpointsOf("docker.io", options).map((each) => each.takesCredentials),
    [false, false, true],
  );
  assert.deepEqual(urls("ghcr.io"), ["https://ghcr.io"]);
  assert.deepEqual(urls("plain.lan:81"), ["https://plain.lan:81", "http://plain.lan:81"]);
  assert.deepEqual(urls("plain.lan"), ["https://plain.lan"]);
  assert.deepEqual(urls("lan:123"), ["https://lan:123", "http://lan:123"]);
  for (const host of ["localhost:5000", "127.0.0.1:5000", "[::1]:5000"])
    assert.deepEqual(urls(host), [`http://${host}`, `https://${host}`]);
  assert.deepEqual(urls("127.0.0.1.evil.example"), ["https://127.0.0.1.evil.example"]);
  assert.throws(
    () => endpointsOf("docker.io", { ...options, mirrors: ["ftp://x"] }),
    /is not an http or https URL/,
  );
});

test("manifests and indexes are told apart and checked", () => {
  assert.equal(parse(manifest()).kind, "manifest");
  const index = parse(
    { schemaVersion: 2, manifests: [{ mediaType: ociManifest, digest, size: 3 }] },
    ociIndex,
  );
  assert.equal(index.kind, "index");
  assert.throws(() => parse(manifest({ manifests: [] })), /both an image and an index/);
  assert.throws(() => parse(manifest(), ociIndex), /was sent as .*index.* but says it is .*manifest/);
  assert.throws(() => parse(manifest({ schemaVersion: 1 })), /schema version 1 is not supported/);
  assert.throws(
    () =>
      parse(manifest({ config: { mediaType: "application/vnd.cncf.helm.config.v1+json", digest, size: 1 } })),
    /not a container image/,
  );
  assert.throws(
    () => parse(manifest({ layers: [{ mediaType: "text/plain", digest, size: 1 }] })),
    /text\/plain, which is not supported/,
  );
  assert.throws(
    () => parse(manifest({ layers: [{ mediaType: "x", digest: "sha256:../..", size: 1 }] })),
    /no sha256 digest/,
  );
  assert.throws(() => parse(manifest({ layers: [{ mediaType: "x", digest, size: -1 }] })), /has no size/);
  assert.throws(() => parse(manifest({ layers: Array(2000).fill({}) })), /more than 1000/);
  assert.throws(() => parseManifest(Buffer.from("<html>"), "text/html"), /it is not JSON/);
  assert.throws(() => parse([]), /is not an object/);
});

test("a config needs real diff ids; what is missing gets Docker's defaults", () => {
  const config = parseConfig({ rootfs: { diff_ids: [digest] } });
  assert.equal(`${config.os}/${config.architecture}`, "linux/amd64");
  assert.deepEqual(config.config, {});
  assert.throws(() => parseConfig({ rootfs: { diff_ids: ["md5:1"] } }), /not a sha256 digest/);
  assert.throws(() => parseConfig({ rootfs: null }), /rootfs of the image config is not an object/);
});

test("the best platform of an index is chosen", () => {
  const offers = [
    "linux/arm/v6",
    "linux/arm/v7",
    "linux/arm64/v8",
    "linux/amd64",
    "unknown/unknown",
    "windows/amd64",
  ].map((text) => ({ platform: parsePlatform(text), text }));
  const choose = (text: string) => choosePlatform(parsePlatform(text), offers)?.text;
  assert.equal(choose("linux/amd64"), "linux/amd64");
  assert.equal(choose("x86_64"), "linux/amd64");
  assert.equal(choose("linux/arm64"), "linux/arm64/v8");
  assert.equal(choose("linux/arm/v7"), "linux/arm/v7");
  assert.equal(choose("linux/arm/v6"), "linux/arm/v6");
  assert.equal(choose("linux/arm/v5"), undefined);
  assert.equal(choose("linux/s390x"), undefined);
  assert.equal(printPlatform(parsePlatform("Linux/ARM64/v8")), "linux/arm64/v8");
  assert.throws(() => parsePlatform("a/b/c/d"), /is not a platform/);
});

test("a refusal is read from the server's JSON, or made from its status", () => {
  const answer = RegistryAnswer.parse(
    404,
    '{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}',
  );
  assert.equal(`${answer.kind} ${answer.message}`, "not-found name unknown: repository name not known");
  assert.equal(RegistryAnswer.parse(403, "<html>").message, "denied: the server answered with status 403");
  assert.equal(RegistryAnswer.parse(401, "").saysAbsent, true);
  assert.equal(RegistryAnswer.parse(400, "{}").saysAbsent, false);
});
