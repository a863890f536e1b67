import { ApiError, ConnectionError } from "../../runtime/api/api-error.ts";
import type { ConnectionKind } from "../connections/connection.ts";

/** The one useful thing to do about a failure. */
export interface Advice {
  /** On the button. */
  readonly title: string;
  readonly command: string;
  readonly arguments?: readonly unknown[];
}

/** A failure whose remedy its thrower knows. */
export class AdvisedError extends Error {
  override readonly name = "AdvisedError";
  readonly advice: Advice;

  constructor(message: string, advice: Advice) {
    super(message);
    this.advice = advice;
  }
}

/** What a command was about, as far as advice depends on it. */
export interface Subject {
  readonly connectionKind: ConnectionKind | undefined;
  /** Handed to the advised command, so that it acts on the same rows. */
  readonly targets: readonly unknown[];
}

/** The user's next step after a failed command. */
export function advise(error: unknown, subject: Subject): Advice {
  if (error instanceof AdvisedError) return error.advice;
  if (error instanceof ConnectionError) {
    return subject.connectionKind === "local"
      ? { title: "Start Engine", command: "berth.engine.start" }
      : { title: "Reconnect", command: "berth.connection.reconnect" };
  }
  if (error instanceof ApiError) return adviseOnAnswer(error, subject);
  return showLog;
}

const showLog: Advice = { title: "Show Log", command: "berth.engine.showLog" };

function adviseOnAnswer(error: ApiError, subject: Subject): Advice {
  const { status, message } = error;
  const rest = { arguments: subject.targets };
  // Only the button depends on these words; with another engine's words the log is offered.
  if (status === 404 && /no such image/i.test(message))
    return { title: "Pull Image…", command: "berth.image.pull" };
  if (status === 409 && /running container|container is running|stop the container|force/i.test(message)) {
    return /image/i.test(message)
      ? { title: "Show Containers", command: "berth.containers.focus" }
      : { title: "Remove Anyway", command: "berth.container.forceRemove", ...rest };
  }
  if (/port is already allocated|address already in use/i.test(message)) {
    return { title: "Show Containers", command: "berth.containers.focus" };
  }
  if (status === 409 && /(in use|active endpoints|endpoints are attached)/i.test(message)) {
    return { title: "Show Containers", command: "berth.containers.focus" };
  }
  return showLog;
}

/** What the user reads; causes go to the log. */
export function printFailure(title: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return `${title}: ${message}`;
}
