import type { Connection } from "./connection.ts";
import { Observable } from "./observable.ts";

/** The connections of this window, the local one first; disposing closes them all. */
export class ConnectionList implements AsyncDisposable {
  readonly all = new Observable<readonly Connection[]>([]);

  /** Puts a connection at the end; one with the same id stays as it is. */
  add(connection: Connection): void {
    if (this.find(connection.id) === undefined) this.all.set([...this.all.value, connection]);
  }

  find(id: string): Connection | undefined {
    return this.all.value.find((each) => each.id === id);
  }

  /** Takes a connection out and closes it. */
  async remove(id: string): Promise<void> {
    const connection = this.find(id);
    if (connection === undefined) return;
    this.all.set(this.all.value.filter((each) => each !== connection));
    await connection[Symbol.asyncDispose]();
  }

  /** Those an action can be done on. */
  connected(): readonly Connection[] {
    return this.all.value.filter((each) => each.state.value.kind === "connected");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled(this.all.value.map((each) => each[Symbol.asyncDispose]()));
  }
}
