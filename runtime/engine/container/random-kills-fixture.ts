import { Readable } from "node:stream";
import { encodeHeader, endOfArchive } from "../snapshot/tar-codec.ts";
import { never, openRoom } from "./room-fixture.ts";

/** For the test of random kills: a process that hosts the room and changes containers all the time until it is killed. */
const room = await openRoom(process.argv[2] ?? "");
process.stdout.write("ready\n");

const directory = {
  name: "copied/",
  type: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  sizeBytes: 0,
  mtime: 0,
  linkname: "",
  devMajor: 0,
  devMinor: 0,
  pax: new Map<string, string>(),
} as const;
const archive = () => Readable.from([Buffer.concat([encodeHeader(directory, "pax"), endOfArchive])]);
const copyOptions = { noOverwriteDirNonDir: false, copyUidGid: false };

async function live(worker: string): Promise<void> {
  for (let n = 0; ; n++) {
    const { Id } = await room.containers.create(
      `${worker}-${process.pid}-${n}`,
      { Image: "busybox", Cmd: ["sleep", "1000"], HostConfig: { Binds: [`${worker}-${n}:/data`] } },
      undefined,
      never,
    );
    await room.containers.writeArchive(Id, "/tmp", archive(), copyOptions, never);
    await room.containers.start(Id, never);
    await room.containers.writeArchive(Id, "/tmp", archive(), copyOptions, never);
    const exec = await room.execs.create(Id, { Cmd: ["true"], AttachStdout: true });
    const session = await room.execs.start(exec.Id, { detach: false, tty: n % 2 === 0 }, never);
    for await (const _ of session?.output ?? []);
    await room.containers.stop(Id, { timeoutSeconds: 0 }, never);
    await room.containers.remove(Id, { force: true, removeVolumes: true }, never);
    await room.volumes.backend.remove(`${worker}-${n}`, { force: true });
  }
}

await Promise.all([live("a"), live("b")]);
