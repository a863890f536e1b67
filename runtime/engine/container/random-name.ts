import { randomInt } from "node:crypto";

const qualities =
  "amber bold brave bright brisk calm clear clever cosy crisp deep eager fair fast fine fresh gentle glad golden grand green happy keen kind light lively lucky mellow merry mild neat noble polite proud quick quiet ready rosy round sharp silent silver sleek smart snug soft solid steady sunny swift tidy warm wise witty young".split(
    " ",
  );
const vessels =
  "ark barge barque boat brig canoe caravel clipper cog coracle corvette cutter dhow dinghy dory ferry frigate galleon galley gig hoy hulk junk kayak ketch launch lighter liner longship lugger packet pinnace pram punt raft rowboat sampan schooner scow shallop ship skiff sloop smack steamer tanker tender trawler tug whaler wherry xebec yacht yawl".split(
    " ",
  );

/** A free name of two words for a container without one, `calm_ferry`; a number follows when many are taken. */
export function proposeName(isFree: (name: string) => boolean): string {
  for (let attempt = 0; attempt < 20; attempt++) {
    const name = `${pick(qualities)}_${pick(vessels)}`;
    if (isFree(name)) return name;
  }
  for (;;) {
    const name = `${pick(qualities)}_${pick(vessels)}${randomInt(1_000_000)}`;
    if (isFree(name)) return name;
  }
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? "plain";
}
