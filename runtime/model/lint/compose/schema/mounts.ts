import { flag, integer, list, mapping, number, type Schema, text, texts } from "./shape.ts";

/** `ports`: what the host publishes. */
export const PORTS: Schema = list(
  "Ports the host publishes: `HOST:CONTAINER`, in quotes so that YAML reads them as text.",
  {
    oneOf: [
      { type: ["string", "number"] },
      mapping("A published port in long form.", {
        name: text("A name for people."),
        mode: text("`host` publishes on every host, `ingress` balances.", ["host", "ingress"]),
        host_ip: text("Address of the host to publish on; all of them by default."),
        target: integer("Port in the container."),
        published: integer("Port of the host, or a range."),
        protocol: text("Protocol.", ["tcp", "udp", "sctp"]),
        app_protocol: text("Application protocol, for example `http`."),
      }),
    ],
  },
);

const LONG_VOLUME: Schema = mapping(
  "A mount in long form.",
  {
    type: text("What is mounted.", ["bind", "volume", "tmpfs", "cluster", "npipe", "image"]),
    source: text("Path of the host, or name of a declared volume."),
    target: text("Path in the container."),
    read_only: flag("The container cannot write to it."),
    consistency: text("How strictly both sides agree."),
    bind: mapping("For binds.", {
      propagation: text("How mounts below it spread."),
      create_host_path: flag("Create the directory if it is not there."),
      recursive: text("Whether mounts below are bound too.", ["enabled", "disabled", "writable", "readonly"]),
      selinux: text("SELinux label: `z` shared, `Z` private.", ["z", "Z"]),
    }),
    volume: mapping("For volumes.", {
      labels: {
        description: "Labels of the volume.",
        oneOf: [{ type: "object" }, { type: "array", items: { type: "string" } }],
      },
      nocopy: flag("Do not fill a new volume from the image."),
      subpath: text("Mount only this path of the volume."),
    }),
    tmpfs: mapping("For memory file systems.", {
      size: { type: ["integer", "string"], description: "Size." },
      mode: number("Permissions, in octal."),
    }),
    image: mapping("For images.", { subpath: text("Mount only this path of the image.") }),
  },
  ["type"],
);

/** `volumes` of a service. */
export const SERVICE_VOLUMES: Schema = list(
  "What is mounted: `./path:/in/container`, `volume:/in/container`, with `:ro` to forbid writing. Named volumes must be declared at the top level.",
  { oneOf: [{ type: "string" }, LONG_VOLUME] },
);

/** `networks` of a service. */
export const SERVICE_NETWORKS: Schema = {
  description:
    "The networks the service is attached to; each must be declared at the top level. Services on one network reach each other by name.",
  oneOf: [
    { type: "array", items: { type: "string" } },
    {
      type: "object",
      patternProperties: {
        "^[a-zA-Z0-9._-]+$": {
          oneOf: [
            mapping("How the service is attached.", {
              aliases: texts("Further names of the service on this network."),
              interface_name: text("Name of the interface in the container."),
              ipv4_address: text("Fixed IPv4 address; the network needs a subnet."),
              ipv6_address: text("Fixed IPv6 address; the network needs a subnet."),
              link_local_ips: texts("Link-local addresses."),
              mac_address: text("MAC address on this network."),
              driver_opts: { type: "object", description: "Options for the driver." },
              priority: number("Networks are attached highest first."),
              gw_priority: number("The highest one gives the default route."),
            }),
            { type: "null" },
          ],
        },
      },
      additionalProperties: false,
    },
  ],
};

/** `depends_on`: a list of names, or a mapping with conditions. */
export const DEPENDS_ON: Schema = {
  description:
    "Services that start first and stop last. The mapping form can wait for more than the start: `db: {condition: service_healthy}`.",
  oneOf: [
    { type: "array", items: { type: "string" } },
    {
      type: "object",
      patternProperties: {
        "^[a-zA-Z0-9._-]+$": mapping(
          "What to wait for.",
          {
            condition: text("What the service must have reached.", [
              "service_started",
              "service_healthy",
              "service_completed_successfully",
            ]),
            restart: flag("Restart this service when the other one is restarted."),
            required: flag("When false, only warn if the other one is missing."),
          },
          ["condition"],
        ),
      },
      additionalProperties: false,
    },
  ],
};

/** A list of files, each by path or in long form. */
export function files(description: string): Schema {
  const long = mapping(
    "A file.",
    {
      path: text("Path, relative to this file."),
      format: text("`raw` takes values as they stand."),
      required: flag("When false, a missing file is no error."),
    },
    ["path"],
  );
  return {
    description,
    oneOf: [{ type: "string" }, { type: "array", items: { oneOf: [{ type: "string" }, long] } }],
  };
}

/** `blkio_config`: limits of block devices. */
export const BLKIO: Schema = mapping("Limits of block devices.", {
  weight: integer("Share of the bandwidth, 10 to 1000."),
  weight_device: list(
    "Share by device.",
    mapping("A device.", { path: text("The device."), weight: integer("Its share.") }),
  ),
  ...Object.fromEntries(
    [
      ["device_read_bps", "Bytes per second read."],
      ["device_read_iops", "Reads per second."],
      ["device_write_bps", "Bytes per second written."],
      ["device_write_iops", "Writes per second."],
    ].map(([key, about]) => [
      key,
      list(
        about!,
        mapping("A device.", {
          path: text("The device."),
          rate: { type: ["integer", "string"], description: "The limit." },
        }),
      ),
    ]),
  ),
});
