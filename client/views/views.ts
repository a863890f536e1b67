import * as vscode from "vscode";
import type { Connection } from "../connections/connection.ts";
import type { ConnectionList } from "../connections/connection-list.ts";
import { containerNodes, countRunning } from "./containers.ts";
import { imageNodes } from "./images.ts";
import { LiveLists } from "./live-lists.ts";
import { networkNodes } from "./networks.ts";
import { createTreeView, type TreeView } from "./tree-view.ts";
import { volumeNodes } from "./volumes.ts";

export interface Views extends vscode.Disposable {
  readonly listsOf: (connectionId: string) => LiveLists | undefined;
}

/** The four trees, their badge and the contexts of their welcome texts, live for all connections. */
export function createViews(
  connections: ConnectionList,
  log: (line: string) => void,
  onChange: () => void,
): Views {
  const watched = new Map<Connection, { readonly lists: LiveLists; readonly end: () => void }>();
  const listsOf = (id: string) => [...watched].find(([connection]) => connection.id === id)?.[1].lists;
  const trees = createTrees(connections, listsOf);
  const [containers] = trees;
  const show = onceSoon(() => {
    for (const tree of trees) tree.refresh();
    const lists = connections.all.value.flatMap((each) => listsOf(each.id)?.lists.value.containers ?? []);
    const running = countRunning(lists);
    if (containers !== undefined) {
      const tooltip = `${running} running container${running === 1 ? "" : "s"}`;
      containers.view.badge = running === 0 ? undefined : { value: running, tooltip };
    }
    showState(connections, trees);
    onChange();
  });
  const follow = () => {
    for (const [connection, { lists, end }] of watched) {
      if (connections.all.value.includes(connection)) continue;
      watched.delete(connection);
      lists[Symbol.dispose]();
      end();
    }
    for (const connection of connections.all.value) {
      if (watched.has(connection)) continue;
      const lists = new LiveLists(connection, log);
      const ends = [lists.lists.subscribe(show), connection.state.subscribe(show)];
      watched.set(connection, { lists, end: () => ends.forEach((end) => void end()) });
    }
    show();
  };
  const unsubscribe = connections.all.subscribe(follow);
  follow();
  // "Up 3 minutes" grows old without an event; who looks at a view again sees it anew.
  const looking = trees.map(({ view }) =>
    view.onDidChangeVisibility(({ visible }) => {
      if (visible) for (const connection of connections.connected()) listsOf(connection.id)?.refresh();
    }),
  );
  return {
    listsOf,
    dispose: () => {
      unsubscribe();
      for (const each of looking) each.dispose();
      for (const { lists, end } of watched.values()) {
        lists[Symbol.dispose]();
        end();
      }
      for (const tree of trees) tree.dispose();
    },
  };
}

function createTrees(connections: ConnectionList, listsOf: Views["listsOf"]): TreeView[] {
  const shared = { connections, listsOf };
  return [
    createTreeView({
      ...shared,
      id: "berth.containers",
      rows: (id, lists) => lists.containers && containerNodes(id, lists.containers),
      empty: "No containers",
      atFailure: "remedies",
    }),
    createTreeView({
      ...shared,
      id: "berth.images",
      rows: (id, lists) => lists.images && imageNodes(id, lists.images, Date.now() / 1000),
      empty: "No images",
      atFailure: "nothing",
    }),
    createTreeView({
      ...shared,
      id: "berth.volumes",
      rows: (id, lists) => lists.volumes && volumeNodes(id, lists.volumes),
      empty: "No volumes",
      atFailure: "nothing",
    }),
    createTreeView({
      ...shared,
      id: "berth.networks",
      rows: (id, lists) => lists.networks && networkNodes(id, lists.networks),
      empty: "No networks",
      atFailure: "nothing",
    }),
  ];
}

/** What the welcome texts depend on, and the reason of a failure above the tree. */
function showState(connections: ConnectionList, trees: readonly TreeView[]): void {
  const [only, ...others] = connections.all.value;
  const state = only !== undefined && others.length === 0 ? only.state.value : undefined;
  void vscode.commands.executeCommand(
    "setContext",
    "berth.state",
    state?.kind ?? (only === undefined ? "none" : "many"),
  );
  const message =
    state?.kind === "failed" ? state.message : state?.kind === "starting" ? `${state.step} …` : undefined;
  const [containers] = trees;
  // A message hides a view's welcome text, so it is said once; the other views have their buttons.
  if (containers !== undefined) containers.view.message = message;
}

/** Many changes in a row are drawn once. */
function onceSoon(work: () => void): () => void {
  let isPlanned = false;
  return () => {
    if (isPlanned) return;
    isPlanned = true;
    setTimeout(() => {
      isPlanned = false;
      work();
    }, 30);
  };
}
