import { never, openRoom } from "./room-fixture.ts";

/** For the crash test: a process that hosts the room, starts the containers of the test, says `ready` and waits to be killed. */
const room = await openRoom(process.argv[2] ?? "");

async function start(name: string, script: string, hostConfig: object = {}): Promise<void> {
  await room.containers.create(
    name,
    { Image: "busybox", Cmd: ["sh", "-c", script], HostConfig: hostConfig },
    undefined,
    never,
  );
  await room.containers.start(name, never);
}

await start(
  "ticker",
  "i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); sleep 0.01; done; exec sleep 1000",
);
await start("seven", "until ls /tmp/go; do sleep 0.02; done 2>/dev/null; echo last words; exit 7", {
  Binds: [`${process.argv[2]}/signals:/tmp`],
});
await start("fleeting", "until ls /tmp/go; do sleep 0.02; done 2>/dev/null", {
  AutoRemove: true,
  Binds: [`${process.argv[2]}/signals:/tmp`],
});
await start(
  "again",
  "until ls /tmp/go; do sleep 0.02; done 2>/dev/null; test -e /tmp/went && exec sleep 1000; touch /tmp/went; exit 1",
  {
    RestartPolicy: { Name: "always" },
    Binds: [`${process.argv[2]}/signals:/tmp`],
  },
);
process.stdout.write("ready\n");
setInterval(() => {}, 1000);
