import type { BuildEvent } from "../../api/types/build.ts";
import type { ProgressMessage } from "../../api/types/image.ts";
import type { BuildRequest } from "../http/backend.ts";
import { ClassicText } from "./classic-text.ts";

/** A build's events as the lines of `POST /build`: the events themselves, classic text, or (quiet) the image's id. */
export async function* progressMessages(
  events: AsyncIterable<BuildEvent>,
  { quiet, wantsEvents }: BuildRequest,
): AsyncGenerator<ProgressMessage, void, void> {
  let text: ClassicText | undefined;
  for await (const event of events) {
    if (event.type === "image" && !quiet) yield { aux: { ID: event.id } };
    if (quiet) {
      if (event.type === "image") yield { stream: `${event.id}\n` };
    } else if (wantsEvents) yield { build: event };
    else if (event.type === "steps") {
      text = new ClassicText(event.globalArgs, event.steps);
      if (text.preamble !== "") yield { stream: text.preamble };
    } else {
      const told = text?.print(event) ?? "";
      // docker-py looks for the id in a message that is `Successfully built ID` and nothing else.
      const messages = event.type === "image" ? told.split(/(?<=\n)/) : [told];
      for (const stream of messages) if (stream !== "") yield { stream };
    }
  }
}
