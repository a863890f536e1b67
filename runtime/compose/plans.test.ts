import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerStatus, ContainerSummary } from "../api/types/container.ts";
import type { NetworkInspect } from "../api/types/network.ts";
import type { Volume } from "../api/types/volume.ts";
import { loadTexts } from "../model/compose/load.testing.ts";
import type { Project } from "../model/compose/types.ts";
import { configHash } from "./config-hash.ts";
import { selectServices } from "./dependency-order.ts";
import { label } from "./labels.ts";
import { containerName, imageName } from "./names.ts";
import type { Observed, ObservedContainer } from "./observe.ts";
import { printPlan } from "./plan.ts";
import { planImages } from "./plan-images.ts";
import { type DownOptions, reconcileDown } from "./reconcile-down.ts";
import { reconcileUp, type UpOptions } from "./reconcile-up.ts";

const SHOP = `
services:
  web:
    image: nginx
    depends_on:
      db: {condition: service_healthy, restart: true}
      migrate: {condition: service_completed_successfully}
  migrate:
    image: tool
    depends_on: [db]
  db:
    image: mysql
    volumes: [data:/var/lib/mysql, /cache]
    healthcheck: {test: "true"}
volumes: {data: }
`;

function load(text: string): Project {
  const { project, problems } = loadTexts({ "compose.yaml": text });
  assert.deepEqual(
    problems.filter(({ severity }) => severity === "error"),
    [],
  );
  return project;
}

interface Given {
  readonly status?: ContainerStatus;
  readonly configHash?: string;
  readonly imageId?: string;
  readonly number?: number;
  readonly oneOff?: boolean;
}

/** A container of the service, up to date unless said otherwise. */
function container(project: Project, service: string, given: Given = {}): ObservedContainer {
  const known = project.services.get(service);
  const number = given.number ?? 1;
  const name =
    known === undefined ? `${project.name}-${service}-${number}` : containerName(project, known, number);
  return {
    id: `id-of-${name}`,
    name,
    service,
    number,
    oneOff: given.oneOff ?? false,
    status: given.status ?? "running",
    configHash: given.configHash ?? (known === undefined ? "" : configHash(project, known)),
    imageId: given.imageId ?? (known === undefined ? "" : `sha256:${imageName(project, known)}`),
    mounts:
      service === "db"
        ? [
            { name: "a".repeat(64), target: "/cache" },
            { name: "shop_data", target: "/var/lib/mysql" },
          ]
        : [],
    summary: {} as ContainerSummary,
  };
}

/** All images are there; networks and volumes when there are containers. */
function observed(
  containers: readonly ObservedContainer[],
  images: readonly string[] = ["nginx", "tool", "mysql"],
): Observed {
  const isUp = containers.length > 0;
  const network = { Name: "shop_default", Labels: { [label.project]: "shop" } } as unknown as NetworkInspect;
  return {
    containers,
    networks: new Map(isUp ? [["shop_default", network]] : []),
    volumes: new Map(isUp ? [["shop_data", { Name: "shop_data" } as Volume]] : []),
    images: new Map(images.map((image) => [image, `sha256:${image}`])),
  };
}

const UP: UpOptions = {
  recreate: "diverged",
  removeOrphans: false,
  renewAnonymousVolumes: false,
  start: true,
  scale: new Map(),
};

function upText(
  project: Project,
  containers: readonly ObservedContainer[],
  options: Partial<UpOptions> = {},
): string {
  const services = selectServices(project, [], true);
  const plan = reconcileUp(project, services, observed(containers), { ...UP, ...options });
  return [...plan.warnings.map((warning) => `warning: ${warning}\n`), printPlan(plan)].join("");
}

function downText(
  project: Project,
  containers: readonly ObservedContainer[],
  options: Partial<DownOptions> = {},
): string {
  const plan = reconcileDown(project, observed(containers), {
    volumes: false,
    removeOrphans: false,
    ...options,
  });
  return [...plan.warnings.map((warning) => `warning: ${warning}\n`), printPlan(plan)].join("");
}

function checkText(actual: string, expected: string): void {
  assert.equal(actual, expected.replace(/^\n/, "").replaceAll(/^ {4}/gm, "").trimEnd().concat("\n"));
}

test("up from nothing: resources, containers, then starts in dependency order", () => {
  checkText(
    upText(load(SHOP), []),
    `
    create network shop_default  (it does not exist)
    create volume shop_data  (it does not exist)
    create container shop-db-1  (it does not exist)
    create container shop-migrate-1  (it does not exist)
    create container shop-web-1  (it does not exist)
    start container shop-db-1  (it is new)
    start container shop-migrate-1  (it is new)
    wait until db is healthy  (web depends on it)
    wait until migrate is completed  (web depends on it)
    start container shop-web-1  (it is new)
  `,
  );
});

test("up when all is as it should be: only what ended is started again", () => {
  const project = load(SHOP);
  const running = ["web", "db"].map((service) => container(project, service));
  checkText(
    upText(project, [...running, container(project, "migrate", { status: "running" })]),
    "nothing to do",
  );
  checkText(
    upText(project, [...running, container(project, "migrate", { status: "exited" })]),
    `
    start container shop-migrate-1  (it is exited)
  `,
  );
});

test("a changed configuration or image recreates, and restarts who asked for it", () => {
  const project = load(SHOP);
  const others = ["web", "migrate"].map((service) => container(project, service));
  const expected = (cause: string): string => `
    recreate container shop-db-1  (${cause})
    start container shop-db-1  (it is new)
    wait until db is healthy  (web depends on it)
    wait until migrate is completed  (web depends on it)
    restart container shop-web-1  (db is recreated)
  `;
  const plan = (db: ObservedContainer): string => upText(project, [...others, db]);
  checkText(plan(container(project, "db", { configHash: "other" })), expected("its configuration changed"));
  checkText(plan(container(project, "db", { imageId: "sha256:old" })), expected("its image changed"));
});

test("a recreated container takes its anonymous volumes over, not the named ones", () => {
  const project = load(SHOP);
  const containers = [container(project, "db", { configHash: "other" })];
  const plan = reconcileUp(project, selectServices(project, ["db"], true), observed(containers), UP);
  const [operation] = plan.steps
    .map((step) => step.operation)
    .filter(({ op }) => op === "recreate-container");
  assert.deepEqual(operation?.op === "recreate-container" && operation.inheritedVolumes, [
    { name: "a".repeat(64), target: "/cache" },
  ]);
});

test("scaling up and down", () => {
  const project = load("services: {web: {image: nginx}}");
  const two = [container(project, "web"), container(project, "web", { number: 2 })];
  checkText(
    upText(project, two, { scale: new Map([["web", 1]]) }),
    `
    stop container shop-web-2  (scaled to 1)
    remove container shop-web-2  (scaled to 1)
  `,
  );
  checkText(
    upText(project, two, { scale: new Map([["web", 4]]) }),
    `
    create container shop-web-3  (scaled to 4)
    create container shop-web-4  (scaled to 4)
    start container shop-web-3  (it is new)
    start container shop-web-4  (it is new)
  `,
  );
});

test("what an interrupted recreation left is removed first; a container that lacks a network is made anew", () => {
  const project = load("services: {web: {image: nginx}}");
  const double = { ...container(project, "web", { status: "created" }), name: "0123456789ab_shop-web-1" };
  checkText(
    upText(project, [double, container(project, "web")]),
    `
    remove container 0123456789ab_shop-web-1  (left over from an interrupted recreation)
    `,
  );
  checkText(
    upText(project, [double]),
    `
    recreate container shop-web-1  (its name is another)
    start container shop-web-1  (it is new)
    `,
  );
  checkText(
    upText(project, [{ ...container(project, "web"), networks: ["bridge"] }]),
    `
    recreate container shop-web-1  (it is not in network shop_default)
    start container shop-web-1  (it is new)
    `,
  );
});

test("orphans are warned about, or removed when asked; one-off containers are none", () => {
  const project = load("services: {web: {image: nginx}, tool: {image: tool, profiles: [x]}}");
  const containers = [
    container(project, "web"),
    container(project, "old"),
    container(project, "web", { oneOff: true, number: 9 }),
    container(project, "tool"),
  ];
  checkText(
    upText(project, containers),
    `
    warning: orphan containers of services that are no longer in the project: shop-old-1 (--remove-orphans removes them)
    nothing to do
  `,
  );
  checkText(
    upText(project, containers, { removeOrphans: true }),
    `
    stop container shop-old-1  (no service of this name is in the project)
    remove container shop-old-1  (no service of this name is in the project)
  `,
  );
});

test("a container that shares namespaces is made after, and anew with, the one it shares with", () => {
  const text = "services:\n  app: {image: nginx}\n  side: {image: tool, network_mode: 'service:app'}\n";
  const project = load(text);
  checkText(
    upText(project, [container(project, "app", { configHash: "other" }), container(project, "side")]),
    `
    recreate container shop-app-1  (its configuration changed)
    recreate container shop-side-1  (it shares namespaces or volumes with app, which is recreated)
    start container shop-app-1  (it is new)
    start container shop-side-1  (it is new)
  `,
  );
  const plan = reconcileUp(project, selectServices(project, [], true), observed([]), UP);
  assert.deepEqual(plan.steps.find((step) => step.id === "container:side:1")?.after, ["container:app:1"]);
});

test("a network of somebody else, and external things that are not there", () => {
  const taken = load("name: other\nservices: {a: {image: nginx}}\nnetworks: {default: {name: shop_default}}");
  assert.throws(
    () => upText(taken, [container(taken, "a")]),
    /network "shop_default" exists and does not belong to project "other"/,
  );
  const external = load("services: {a: {image: nginx, volumes: ['v:/v']}}\nvolumes: {v: {external: true}}");
  assert.throws(() => upText(external, []), /volume "v" is declared as external and does not exist/);
});

test("images: built, pulled, or as policy says", () => {
  const project = load(`
services:
  a: {image: there}
  b: {image: missing}
  c: {image: fresh, pull_policy: always}
  d: {build: .}
  e: {build: ., image: there}
  f: {build: ., image: there, pull_policy: build}
`);
  const services = selectServices(project, [], true);
  checkText(
    printPlan(planImages(project, services, observed([], ["there"]), { build: false })),
    `
    pull image missing  (the image is not there)
    pull image fresh  (pull policy is always)
    build image shop-d  (the image does not exist)
    build image there  (pull_policy is build)
  `,
  );
  assert.throws(
    () => planImages(project, services, observed([], []), { build: false, pull: "never" }),
    /service "a" needs image "there": it is not there, and the pull policy is never/,
  );
});

test("down: dependents stop first, then everything goes; volumes only when asked", () => {
  const project = load(SHOP);
  const containers = [
    container(project, "db"),
    container(project, "migrate", { status: "exited" }),
    container(project, "web"),
  ];
  checkText(
    downText(project, containers),
    `
    stop container shop-web-1  (it belongs to the project)
    remove container shop-web-1  (it belongs to the project)
    remove container shop-migrate-1  (it belongs to the project)
    stop container shop-db-1  (it belongs to the project)
    remove container shop-db-1  (it belongs to the project)
    remove network shop_default  (it belongs to the project)
  `,
  );
  const plan = reconcileDown(project, observed(containers), { volumes: true, removeOrphans: false });
  assert.deepEqual(plan.steps.find((step) => step.id === "stop:shop-db-1")?.after, ["stop:shop-web-1"]);
  assert.deepEqual(
    plan.steps.flatMap(({ operation }) => (operation.op === "remove-volume" ? [operation.name] : [])),
    ["shop_data", "a".repeat(64)],
  );
});
