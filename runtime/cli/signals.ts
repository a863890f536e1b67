/** Signals that a terminal or a service manager sends, which belong to the container while we are attached to it. */
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;

/** Sends the signals we get on, until disposed. */
export function forwardSignals(send: (name: string) => Promise<void>): Disposable {
  const listeners = forwarded.map((name) => {
    const listener = () => {
      // A container that has just ended takes no signal; its exit is on the way.
      send(name).catch(() => {});
    };
    process.on(name, listener);
    return { name, listener };
  });
  forwarding += 1;
  return {
    [Symbol.dispose]: () => {
      forwarding -= 1;
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}

let forwarding = 0;

/** True while signals go to a container, so that ours does not end because of them. */
export function isForwarding(): boolean {
  return forwarding > 0;
}

/**
 * Ctrl-C and SIGTERM as an AbortSignal. While signals are passed on to a container the first two only go there; the
 * third one is ours, so that a container that ignores them does not hold us.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  let count = 0;
  const interrupt = () => {
    count += 1;
    if (isForwarding() && count < 3) return;
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Error("interrupted"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  return controller.signal;
}
