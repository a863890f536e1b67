import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMarked, printMarks } from "../text/marked-text.ts";
import { loadTexts } from "./load.testing.ts";

function checkProblems(source: string): void {
  const { text, marked } = parseMarked(source);
  assert.equal(printMarks(text, loadTexts({ "compose.yaml": text }).problems), marked);
}

test("a sound project has no problems", () => {
  checkProblems(`
    services:
      web:
        image: nginx
        depends_on:
          db:
            condition: service_healthy
        volumes: [data:/data, ./html:/html:ro]
      db:
        image: mysql
        healthcheck:
          test: mysqladmin ping
    volumes:
      data:
  `);
});

test("names that nothing has", () => {
  checkProblems(`
    services:
      web:
        image: nginx
        depends_on: [bd]
                     ^^ service "web" refers to service "bd", which is not defined: did you mean "db"? (undefined-service)
        networks: [front]
                   ^^^^^ service "web" refers to network "front", which is not defined (undefined-network)
        volumes:
          - data:/data
            ^^^^^^^^^^ service "web" refers to volume "data", which is not defined (undefined-volume)
        secrets: [token]
                  ^^^^^ service "web" refers to secret "token", which is not defined (undefined-secret)
        configs:
          - source: settings
            ^^^^^^^^^^^^^^^^… service "web" refers to config "settings", which is not defined (undefined-config)
      db:
        image: mysql
        network_mode: service:nobody
        ^^^^^^^^^^^^ service "db" refers to service "nobody", which is not defined (undefined-service)
  `);
});

test("dependencies in a circle are told with their path", () => {
  checkProblems(`
    services:
      a:
        image: x
        depends_on: [b]
      b:
        image: x
        depends_on: [c]
      c:
        image: x
        depends_on: [a]
                     ^ services depend on each other in a circle: a → b → c → a (dependency-cycle)
  `);
});

test("waiting for health needs a health check", () => {
  checkProblems(`
    services:
      web:
        image: nginx
        depends_on:
          db:
          ^^ service "web" waits for "db" to be healthy: it has no health check here, so its image must bring one (no-healthcheck)
            condition: service_healthy
          cache:
          ^^^^^ service "web" waits for "cache" to be healthy, but its health check is disabled (no-healthcheck)
            condition: service_healthy
      db:
        image: mysql
      cache:
        image: redis
        healthcheck:
          disable: true
  `);
});

test("host ports and container names are given once", () => {
  checkProblems(`
    services:
      a:
        image: x
        container_name: one
        ports: ["80:80", "127.0.0.1:81:81"]
      b:
        image: x
        container_name: one
        ^^^^^^^^^^^^^^ services "a" and "b" have the same container name "one" (duplicate-container-name)
        ports: ["127.0.0.1:80:8080", "127.0.0.2:81:81", "80:80/udp"]
                ^^^^^^^^^^^^^^^^^^^ host port 80/tcp of service "b" is already taken by service "a" (port-clash)
  `);
});

test("keys that do not exist, with the one that was meant", () => {
  checkProblems(`
    services:
      web:
        image: nginx
        enviorment: [a=b]
        ^^^^^^^^^^ services.web has no key "enviorment": did you mean "environment"? (unknown-key)
        constainer-name: my-web
        ^^^^^^^^^^^^^^^ services.web has no key "constainer-name": did you mean "container_name"? (unknown-key)
        healthcheck:
          test: "true"
          intervall: 1s
          ^^^^^^^^^ services.web.healthcheck has no key "intervall": did you mean "interval"? (unknown-key)
    volume:
    ^^^^^^ a Compose file has no key "volume": did you mean "volumes"? (unknown-key)
      data:
  `);
});

test("keys that exclude each other, and a version", () => {
  checkProblems(`
    version: "3.9"
    ^^^^^^^ version is obsolete and does nothing: remove it (obsolete-version)
    services:
      web:
        image: nginx
        network_mode: host
        networks: [default]
        ^^^^^^^^ service "web": network_mode and networks exclude each other (conflicting-keys)
      none:
      ^^^^ service "none" has neither image nor build (no-image)
        restart: always
      many:
        image: x
        container_name: one
        ^^^^^^^^^^^^^^ service "many": 2 replicas cannot share the container name "one" (conflicting-keys)
        scale: 2
  `);
});

test("values of the wrong kind", () => {
  checkProblems(`
    services:
      web:
        image: nginx
        ports: "80:80"
               ^^^^^^^ services.web.ports must be a list, not "80:80" (invalid-type)
        tty: maybe
             ^^^^^ services.web.tty must be true or false, not "maybe" (invalid-type)
        mem_limit: lots
                   ^^^^ services.web.mem_limit must be a size (64m, 1gb), not "lots" (invalid-type)
        stop_grace_period: soon
                           ^^^^ services.web.stop_grace_period must be a duration (1m30s), not "soon" (invalid-type)
        restart: often
                 ^^^^^ restart "often": use no, always, unless-stopped, on-failure or on-failure:COUNT (invalid-type)
  `);
});

test("ports and volumes that are none", () => {
  checkProblems(`
    services:
      web:
        image: nginx
        ports:
          - "99999:80"
            ^^^^^^^^^^ "99999" is not a port or a range of ports from 1 to 65535 (invalid-port)
          - 3000-3001:80-89
            ^^^^^^^^^^^^^^^ the ranges 3000-3001 and 80-89 differ in length (invalid-port)
        volumes:
          - ./html:html
            ^^^^^^^^^^^ the target "html" must be an absolute path in the container (invalid-volume)
  `);
});

test("variables", () => {
  checkProblems(`
    services:
      web:
        image: nginx:$TAG
               ^^^^^^^^^^ variable TAG is not set: an empty text stands in for it (unset-variable)
        hostname: \${NAME:?give the shop a name}
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ variable NAME is required: give the shop a name (required-variable)
        command: [echo, "$$HOME", "\${A-", "$"]
                                  ^^^^^^ invalid interpolation: the closing brace of \${A is missing (invalid-interpolation)
                                          ^^^ invalid interpolation: a dollar sign starts a variable; write $$ for the sign itself (invalid-interpolation)
  `);
});

test("YAML that is none: the first mistake", () => {
  checkProblems(`
    services: {a: {command: sh "\${X}"}}
                                 ^ this does not belong here: the value has ended before it (quotes keep a text together) (yaml-syntax)
    volumes: {a: {}}
  `);
});

test("every tab is told", () => {
  checkProblems(
    [
      "services:",
      "\tweb:",
      "^ YAML does not allow tabs as indentation: use spaces (yaml-syntax)",
      "\t  image: x",
      "^^^ YAML does not allow tabs as indentation: use spaces (yaml-syntax)",
    ].join("\n"),
  );
});

test("a key given twice", () => {
  checkProblems(`
    services:
      web:
        image: nginx
        image: apache
        ^^^^^ key "image" is given twice (duplicate-key)
  `);
});

test("a misspelt key has a quick fix", () => {
  const [problem] = loadTexts({ "compose.yaml": "services:\n  a:\n    imgae: x\n    image: x\n" }).problems;
  assert.deepEqual(
    problem?.fixes?.map((fix) => [fix.title, fix.edits[0]?.text]),
    [['Change to "image"', "image"]],
  );
});

test("no text makes it throw", () => {
  const texts = [
    "",
    "a",
    "- b",
    "services:",
    "services: {a: [}",
    "&a [*a]",
    "a: &a {<<: *a}",
    "services: {a: {ports: [{}]}}",
    "[".repeat(20_000),
    "services: {__proto__: {image: x}, constructor: {depends_on: [toString]}}",
    "? [a]\n: b",
    "!!binary x: y",
    "%YAML 9\n---\n\0",
  ];
  for (const text of texts) assert.ok(loadTexts({ "compose.yaml": text }).problems, text.slice(0, 40));
});

test("aliases that multiply are stopped", () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `l${level + 1}: &l${level + 1} [${Array(10).fill(`*l${level}`).join()}]`,
  );
  const { problems } = loadTexts({ "compose.yaml": ["l0: &l0 x", ...levels].join("\n") });
  assert.ok(problems.some((problem) => problem.code === "yaml-too-large"));
});
