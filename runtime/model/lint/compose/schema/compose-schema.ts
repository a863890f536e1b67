import { SERVICE } from "./service.ts";
import {
  EXTERNAL,
  flag,
  integer,
  list,
  mapping,
  named,
  oneOf,
  optional,
  pairs,
  type Schema,
  text,
  textOrTexts,
} from "./shape.ts";

const IPAM: Schema = mapping("Addresses of the network.", {
  driver: text("Who gives out the addresses."),
  config: list(
    "Pools of addresses.",
    mapping("A pool.", {
      subnet: text("Subnet, for example `172.28.0.0/16`."),
      ip_range: text("Part of the subnet that containers get addresses from."),
      gateway: text("Address of the gateway."),
      aux_addresses: { type: "object", description: "Addresses that are taken, by name." },
    }),
  ),
  options: { type: "object", description: "Options of the driver." },
});

const NETWORK: Schema = optional(
  mapping("A network.", {
    name: text("Its name in the engine; `PROJECT_key` by default."),
    driver: text("`bridge` by default."),
    driver_opts: { type: "object", description: "Options of the driver." },
    ipam: IPAM,
    external: EXTERNAL,
    internal: flag("No way to the outside."),
    enable_ipv4: flag("Give out IPv4 addresses."),
    enable_ipv6: flag("Give out IPv6 addresses."),
    attachable: flag("Containers outside the project may be attached."),
    labels: pairs("Labels of the network."),
  }),
);

const VOLUME: Schema = optional(
  mapping("A volume.", {
    name: text("Its name in the engine; `PROJECT_key` by default."),
    driver: text("`local` by default."),
    driver_opts: { type: "object", description: "Options of the driver." },
    external: EXTERNAL,
    labels: pairs("Labels of the volume."),
  }),
);

const SECRET: Schema = mapping("A secret.", {
  name: text("Its name in the engine."),
  environment: text("Environment variable that holds it."),
  file: text("File that holds it."),
  external: EXTERNAL,
  labels: pairs("Labels of the secret."),
  driver: text("Driver that keeps it."),
  driver_opts: { type: "object", description: "Options of the driver." },
  template_driver: text("Driver that fills it in."),
});

const CONFIG: Schema = mapping("A config.", {
  name: text("Its name in the engine."),
  content: text("The content itself."),
  environment: text("Environment variable that holds it."),
  file: text("File that holds it."),
  external: EXTERNAL,
  labels: pairs("Labels of the config."),
  template_driver: text("Driver that fills it in."),
});

const MODEL: Schema = mapping(
  "A language model.",
  {
    name: text("Its name."),
    model: text("The model's image."),
    context_size: integer("Size of the context in tokens."),
    runtime_flags: { type: "array", items: { type: "string" }, description: "Flags of the runtime." },
  },
  ["model"],
);

const INCLUDE: Schema = list(
  "Other Compose files whose services, networks and volumes belong to the project.",
  oneOf(
    "A file.",
    { type: "string" },
    mapping("Files and where they belong.", {
      path: textOrTexts("The file, or several that are merged."),
      env_file: textOrTexts("Files with variables for it."),
      project_directory: text("Where its relative paths begin."),
    }),
  ),
);

/** The section `services`: checked service by service while a file is edited. */
export const SERVICES_SCHEMA: Schema = named("The services of the project: what runs.", SERVICE);

/**
 * The schema of Compose files. The keys and their types follow the Compose specification (compose-spec.io); the
 * descriptions, shown on hover and in completion, are Berth's own.
 */
export const COMPOSE_SCHEMA: Schema = {
  $schema: "http://json-schema.org/draft-07/schema#",
  $id: "berth://schemas/compose.json",
  title: "Compose",
  type: "object",
  properties: {
    version: { type: ["string", "number"], description: "Obsolete: it has no effect any more." },
    name: text("Name of the project; the directory's name by default."),
    include: INCLUDE,
    services: SERVICES_SCHEMA,
    models: named("Language models that services use.", MODEL),
    networks: named(
      "The networks services are attached to; without any there is one named `default`.",
      NETWORK,
    ),
    volumes: named("The named volumes services mount: data that outlives containers.", VOLUME),
    secrets: named("Secrets that services are granted.", SECRET),
    configs: named("Configuration files that services are granted.", CONFIG),
  },
  patternProperties: { "^x-": {} },
  additionalProperties: false,
};
