"""A day with docker-py, as its users write it. Run by docker-py.root.test.ts with DOCKER_HOST set; any failure ends it."""

import io
import socket
import sys
import tarfile
import tempfile
import threading
import time

import docker
from docker.types import IPAMConfig, IPAMPool, LogConfig, Mount


def said(step):
    print(f"ok {step}", flush=True)


def eventually(check):
    for _ in range(200):
        if check():
            return
        time.sleep(0.05)
    raise AssertionError("did not happen in 10 s")


def system(client):
    assert client.ping() is True
    version = client.version()
    assert version["ApiVersion"] and version["Os"] == "linux"
    assert client.info()["OSType"] == "linux"
    said("ping, version, info")


def images(client):
    image = client.images.pull("busybox", tag="latest")
    assert "busybox:latest" in image.tags
    assert image.tag("mine", tag="1") is True
    assert client.images.get("mine:1").id == image.id
    assert any(each.id == image.id for each in client.images.list())
    assert [each.id for each in client.images.list(name="mine")] == [image.id]
    assert image.history()
    saved = b"".join(client.images.get("mine:1").save(named="mine:1"))
    client.images.remove("mine:1")
    loaded = client.images.load(saved)
    assert loaded[0].id == image.id
    client.images.remove("mine:1")
    lines = list(client.api.pull("busybox", tag="latest", stream=True, decode=True))
    assert "status" in lines[0]
    try:
        client.images.get("no-such-image")
        raise AssertionError("an image that is not there was found")
    except docker.errors.ImageNotFound as error:
        assert "No such image" in error.explanation
    said("images")


def build(client):
    text = b"FROM busybox\nARG WHO=nobody\nRUN echo built for $WHO > /who\nCMD cat /who\n"
    image, lines = client.images.build(fileobj=io.BytesIO(text), tag="from-file", buildargs={"WHO": "me"}, rm=True)
    assert "from-file:latest" in image.tags
    assert any("Step 1/" in line.get("stream", "") for line in lines)
    assert client.containers.run("from-file", remove=True) == b"built for me\n"
    with tempfile.TemporaryDirectory() as directory:
        with open(f"{directory}/Dockerfile", "w") as file:
            file.write("FROM busybox AS base\nCOPY data /data\nLABEL kind=test\nFROM base\nCMD cat /data\n")
        with open(f"{directory}/data", "w") as file:
            file.write("of the context\n")
        image, _ = client.images.build(path=directory, tag="from-path", labels={"by": "docker-py"})
        assert image.labels == {"by": "docker-py", "kind": "test"}
        assert client.containers.run("from-path", remove=True) == b"of the context\n"
    try:
        client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN exit 3\n"))
        raise AssertionError("a build that fails was taken for good")
    except docker.errors.BuildError as error:
        assert "returned a non-zero code: 3" in str(error), str(error)
    said("build")


def run(client):
    assert client.containers.run("busybox", ["echo", "hello"]) == b"hello\n"
    both = client.containers.run("busybox", ["sh", "-c", "echo out; echo err >&2"], stdout=True, stderr=True, remove=True)
    assert sorted(both.split()) == [b"err", b"out"]
    lines = client.containers.run("busybox", ["sh", "-c", "echo 1; echo 2"], stream=True, remove=True)
    assert b"".join(lines) == b"1\n2\n"
    try:
        client.containers.run("busybox", ["sh", "-c", "echo wrong >&2; exit 4"], remove=True)
        raise AssertionError("a failing command was taken for good")
    except docker.errors.ContainerError as error:
        assert error.exit_status == 4 and error.stderr == b"wrong\n"
    for call, kind in [
        (lambda: client.containers.run("busybox", "no-such-program"), docker.errors.APIError),
        (lambda: client.containers.run("localhost:1/no-such"), docker.errors.APIError),
        (lambda: client.containers.get("no-such"), docker.errors.NotFound),
    ]:
        try:
            call()
            raise AssertionError(f"{kind} was expected")
        except kind:
            pass
    client.containers.prune()
    said("run")


def life(client):
    script = "echo up; trap 'echo down; exit 0' TERM; while :; do sleep 0.1; done"
    box = client.containers.run(
        "busybox",
        ["sh", "-c", script],
        name="life",
        detach=True,
        environment={"A": "1"},
        labels={"role": "test"},
        mem_limit="64m",
        ports={"80/tcp": ("127.0.0.1", None)},
        volumes={"life-data": {"bind": "/data", "mode": "rw"}},
        tmpfs={"/scratch": "size=1m"},
        log_config=LogConfig(type=LogConfig.types.JSON, config={"max-size": "1m"}),
        restart_policy={"Name": "on-failure", "MaximumRetryCount": 2},
        healthcheck={"test": ["CMD", "true"], "interval": 200_000_000},
    )
    assert box.status == "created"
    eventually(lambda: box.logs() == b"up\n")
    box.reload()
    assert box.status == "running" and box.labels["role"] == "test"
    assert box.attrs["HostConfig"]["Memory"] == 64 * 1024 * 1024
    assert box.ports["80/tcp"][0]["HostIp"] == "127.0.0.1" and int(box.ports["80/tcp"][0]["HostPort"]) > 0
    assert [each.name for each in client.containers.list(filters={"label": "role=test"})] == ["life"]
    assert box.top()["Processes"]
    box.pause()
    box.reload()
    assert box.status == "paused"
    box.unpause()
    box.update(mem_limit="32m", memswap_limit="64m")
    box.rename("lived")
    assert client.containers.get("lived").id == box.id
    follow = box.logs(stream=True, follow=True)
    assert next(follow) == b"up\n"
    box.stop(timeout=5)
    assert b"".join(follow) == b"down\n"
    assert box.wait()["StatusCode"] == 0
    box.start()
    box.kill()
    assert box.wait()["StatusCode"] == 137
    box.restart(timeout=1)
    box.remove(force=True, v=True)
    client.volumes.get("life-data").remove()
    said("a container's life")


def inside(client):
    box = client.containers.run("busybox", ["sleep", "1000"], name="inside", detach=True)
    code, output = box.exec_run("echo hello")
    assert (code, output) == (0, b"hello\n")
    code, (out, err) = box.exec_run(["sh", "-c", "echo out; echo err >&2; exit 3"], demux=True)
    assert (code, out, err) == (3, b"out\n", b"err\n")
    _, stream = box.exec_run(["sh", "-c", "echo 1; echo 2"], stream=True)
    assert b"".join(stream) == b"1\n2\n"
    assert box.exec_run(["sh", "-c", "echo $WHO; pwd; id -u"], environment={"WHO": "me"}, workdir="/tmp", user="99").output == b"me\n/tmp\n99\n"
    assert box.exec_run("tty", tty=False).output == b"not a tty\n"
    assert box.exec_run("tty", tty=True).output.startswith(b"/dev/pts/")

    _, connection = box.exec_run("cat", stdin=True, socket=True)
    raw = connection._sock
    raw.sendall(b"through the socket\n")
    raw.shutdown(socket.SHUT_WR)
    received = b""
    while chunk := raw.recv(4096):
        received += chunk
    assert received == b"\x01\0\0\0\0\0\0\x13through the socket\n", received
    raw.close()

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("note")
        entry.size = 5
        tar.addfile(entry, io.BytesIO(b"given"))
    assert box.put_archive("/tmp", packed.getvalue()) is True
    assert box.exec_run("cat /tmp/note").output == b"given"
    chunks, stat = box.get_archive("/tmp/note")
    assert stat["name"] == "note" and stat["size"] == 5
    with tarfile.open(fileobj=io.BytesIO(b"".join(chunks))) as tar:
        assert tar.extractfile("note").read() == b"given"
    try:
        box.get_archive("/no/such")
        raise AssertionError("a file that is not there was given")
    except docker.errors.NotFound:
        pass

    once = box.stats(stream=False)
    assert once["memory_stats"]["usage"] > 0 and "cpu_stats" in once
    series = box.stats(stream=True, decode=True)
    assert next(series)["id"] == box.id
    series.close()
    changed = {each["Path"] for each in box.diff()}
    assert "/tmp/note" in changed
    committed = box.commit(repository="committed", tag="1", changes=["CMD cat /tmp/note"])
    assert client.containers.run(committed.id, remove=True) == b"given"
    with tarfile.open(fileobj=io.BytesIO(b"".join(box.export()))) as tar:
        assert "tmp/note" in tar.getnames()
    client.images.remove("committed:1")
    box.remove(force=True)
    said("exec, archives, stats, diff, commit, export")


def attached(client):
    box = client.containers.create("busybox", "cat", stdin_open=True, name="attached")
    connection = box.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    box.start()
    connection._sock.sendall(b"typed\n")
    connection._sock.shutdown(socket.SHUT_WR)
    received = b""
    while len(received) < 14:
        received += connection._sock.recv(4096)
    assert received[8:] == b"typed\n"
    connection._sock.close()
    box.remove(force=True)
    box = client.containers.create("busybox", ["sh", "-c", "echo one; echo two >&2"])
    output = box.attach(stream=True, demux=True)
    box.start()
    parts = list(output)
    assert (b"one\n", None) in parts and (None, b"two\n") in parts, parts
    box.remove()
    said("attach")


def networks(client):
    pools = IPAMConfig(pool_configs=[IPAMPool(subnet="10.213.7.0/24", gateway="10.213.7.1")])
    net = client.networks.create("shop", driver="bridge", ipam=pools, labels={"a": "b"})
    db = client.containers.run("busybox", ["sleep", "1000"], name="db", detach=True)
    net.connect(db, aliases=["database"], ipv4_address="10.213.7.9")
    answer = client.containers.run("busybox", ["ping", "-c", "1", "-W", "5", "database"], network="shop", remove=True)
    assert b"10.213.7.9" in answer
    net.reload()
    assert [each.name for each in net.containers] == ["db"]
    net.disconnect(db)
    net.reload()
    assert net.containers == []
    db.remove(force=True)
    assert [each.name for each in client.networks.list(names=["shop"])] == ["shop"]
    net.remove()
    try:
        client.networks.get("shop")
        raise AssertionError("a removed network was found")
    except docker.errors.NotFound:
        pass
    said("networks")


def volumes(client):
    volume = client.volumes.create("things", labels={"kept": "no"})
    mount = Mount("/things", "things")
    client.containers.run("busybox", ["sh", "-c", "echo kept > /things/a"], mounts=[mount], remove=True)
    assert client.containers.run("busybox", ["cat", "/things/a"], mounts=[mount], remove=True) == b"kept\n"
    assert [each.name for each in client.volumes.list(filters={"label": "kept=no"})] == ["things"]
    assert volume.attrs["Driver"] == "local"
    volume.remove()
    client.volumes.create()
    assert len(client.volumes.prune()["VolumesDeleted"]) == 1
    said("volumes")


def events(client):
    seen = []
    stream = client.events(decode=True, filters={"type": "container"})
    reader = threading.Thread(target=lambda: seen.extend(iter(lambda: next(stream, None), None)))
    reader.start()
    client.containers.run("busybox", ["true"], name="seen", remove=True)
    eventually(lambda: "destroy" in [each["Action"] for each in seen])
    stream.close()
    actions = [each["Action"] for each in seen]
    for action in ["create", "start", "die", "destroy"]:
        assert action in actions, actions
    since = int(time.time()) - 60
    past = list(client.events(since=since, until=int(time.time()) + 1, decode=True, filters={"type": "container", "event": "destroy"}))
    assert any(each["Actor"]["Attributes"]["name"] == "seen" for each in past)
    said("events")


def tidy(client):
    client.containers.run("busybox", ["true"])
    assert len(client.containers.prune()["ContainersDeleted"]) == 1
    client.networks.create("unused")
    assert client.networks.prune()["NetworksDeleted"] == ["unused"]
    client.images.prune(filters={"dangling": True})
    assert "LayersSize" in client.df()
    client.api.prune_builds()
    said("prune, df")


def main():
    client = docker.from_env(version="auto", timeout=60)
    parts = [system, images, build, run, life, inside, attached, networks, volumes, events, tidy]
    wanted = sys.argv[1:]
    for part in parts:
        if part is images or not wanted or part.__name__ in wanted:
            part(client)
    client.close()


main()
