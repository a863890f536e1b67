import type { Dockerfile, Instruction } from "../../../runtime/model/dockerfile/types.ts";
import {
  type InstructionName,
  instructionFlags,
  instructionNames,
} from "../../../runtime/model/dockerfile/vocabulary.ts";
import type { EngineImage } from "../../../runtime/model/engine-facts.ts";
import type { OffsetRange } from "../../../runtime/model/text/problem.ts";
import { offeredImages } from "../engine-images.ts";
import type { Completion } from "../feature.ts";
import { completeArguments, completeMount, users } from "./arguments.ts";
import { placeAt } from "./place.ts";
import { COMMON_IMAGES, FLAG_VALUES, FLAGS, INSTRUCTIONS } from "./reference.ts";
import { completeShell } from "./shell-completion.ts";
import { variablesAt } from "./variables.ts";

/** Completions at an offset of a Dockerfile; `images` are those that engines have. */
export function completeDockerfile(
  tree: Dockerfile,
  offset: number,
  images: readonly EngineImage[] = [],
): readonly Completion[] {
  const place = placeAt(tree, offset);
  switch (place.kind) {
    case "comment":
      return directives(tree, place.range, offset);
    case "keyword":
      return keywords(tree, place.range);
    case "heredoc":
      return completeShell(tree, place.instruction, offset);
    case "argument":
      return argument(tree, place.instruction, { start: place.range.start, end: offset }, images);
  }
}

function keywords(tree: Dockerfile, range: OffsetRange): readonly Completion[] {
  const isLower = isLowerStyle(tree, range);
  return instructionNames.map((name) => {
    const { about, syntax, snippet } = INSTRUCTIONS[name];
    const insert = isLower ? snippet.replace(name, name.toLowerCase()) : snippet;
    return {
      label: isLower ? name.toLowerCase() : name,
      kind: "keyword",
      detail: syntax,
      documentation: about,
      insert,
      isSnippet: true,
      range,
      sort: name === "MAINTAINER" ? "zz" : name,
    };
  });
}

/** The file's own style decides the case of what is offered; the word being typed does where there is none. */
function isLowerStyle(tree: Dockerfile, range: OffsetRange): boolean {
  const others = tree.instructions.filter(({ keyword }) => keyword.range.start !== range.start);
  if (others.length === 0) return /^[a-z]/.test(tree.text.slice(range.start, range.end));
  return others.every(({ keyword }) => keyword.raw === keyword.raw.toLowerCase());
}

function argument(
  tree: Dockerfile,
  instruction: Instruction,
  word: OffsetRange,
  engineImages: readonly EngineImage[],
): readonly Completion[] {
  const written = tree.text.slice(word.start, word.end);
  const variable = /\$\{?(\w*)$/.exec(written);
  if (variable !== null) return variables(tree, instruction, word.end, variable[0]);
  const value = /^--([\w-]+)=(.*)$/.exec(written);
  if (value !== null)
    return flagValues(tree, instruction, value[1]!, { start: word.end - value[2]!.length, end: word.end });
  if (instruction.name === "UNKNOWN") return [];
  const flags = instructionFlags[instruction.name] ?? [];
  if (written.startsWith("-")) return flags.map((name) => flag(name, word));
  if (instruction.name === "FROM") return from(tree, instruction, word, engineImages);
  if (instruction.name === "HEALTHCHECK")
    return ["CMD", "NONE"].map((label) => plain(label, "keyword", word));
  if (instruction.name === "ONBUILD") return onbuild(word);
  if (instruction.name === "RUN") return completeShell(tree, instruction, word.end);
  return completeArguments(tree, instruction, word);
}

function flag(name: string, range: OffsetRange): Completion {
  const isBare = ["link", "parents", "keep-git-dir"].includes(name);
  return {
    label: `--${name}`,
    kind: "property",
    documentation: FLAGS[name],
    insert: isBare ? `--${name}` : `--${name}=`,
    isSnippet: false,
    range,
  };
}

function flagValues(
  tree: Dockerfile,
  instruction: Instruction,
  name: string,
  range: OffsetRange,
): readonly Completion[] {
  if (name === "from") return stages(tree, instruction.stage, range);
  const mountFrom = /(?:^|,)from=([\w.-]*)$/.exec(tree.text.slice(range.start, range.end));
  if (name === "mount" && mountFrom !== null) {
    return stages(tree, instruction.stage, { start: range.end - mountFrom[1]!.length, end: range.end });
  }
  if (name === "mount") return completeMount(tree.text, range);
  if (name === "chown") return users(tree, instruction, range);
  return (FLAG_VALUES[name] ?? []).map((value) => plain(value, "value", range));
}

function from(
  tree: Dockerfile,
  instruction: Instruction,
  word: OffsetRange,
  engineImages: readonly EngineImage[],
): readonly Completion[] {
  const before = tree.text.slice(instruction.keyword.range.end, word.start).replace(/--\S+/g, "").trim();
  if (before !== "") return before.split(/\s+/).length === 1 ? [plain("AS", "keyword", word)] : [];
  const images = COMMON_IMAGES.map((name) => ({
    ...plain(name, "value", word),
    detail: "image",
    sort: `2${name}`,
  }));
  const empty = { ...plain("scratch", "keyword", word), detail: "the empty image", sort: "1scratch" };
  const there = offeredImages(engineImages).map(({ name, detail }, index) => ({
    ...plain(name, "value", word),
    detail,
    sort: `1t${String(index).padStart(4, "0")}`,
  }));
  return [...stages(tree, instruction.stage, word), empty, ...there, ...images];
}

function stages(tree: Dockerfile, before: number, range: OffsetRange): readonly Completion[] {
  return tree.stages.slice(0, Math.max(before, 0)).flatMap(({ name, from: { image } }) =>
    name === undefined
      ? []
      : [
          {
            ...plain(name, "reference", range),
            detail: `stage on ${image?.value ?? "?"}`,
            sort: `0${name}`,
          },
        ],
  );
}

function onbuild(range: OffsetRange): readonly Completion[] {
  const forbidden: readonly InstructionName[] = ["ONBUILD", "FROM", "MAINTAINER"];
  return instructionNames
    .filter((name) => !forbidden.includes(name))
    .map((name) => ({
      ...plain(name, "keyword", range),
      insert: INSTRUCTIONS[name].snippet,
      isSnippet: true,
    }));
}

function variables(
  tree: Dockerfile,
  instruction: Instruction,
  offset: number,
  written: string,
): readonly Completion[] {
  const hasBrace = written.startsWith("${");
  const isClosed = tree.text[offset] === "}";
  const range = { start: offset - written.length, end: hasBrace && isClosed ? offset + 1 : offset };
  return variablesAt(tree, instruction).map(({ name, value, source }) => ({
    label: name,
    kind: "variable",
    detail: value === undefined ? source : `${source} = ${value}`,
    insert: hasBrace ? `\${${name}}` : `$${name}`,
    isSnippet: false,
    range,
  }));
}

function directives(tree: Dockerfile, range: OffsetRange, offset: number): readonly Completion[] {
  const line = tree.text.slice(tree.text.lastIndexOf("\n", offset - 1) + 1, offset);
  if (!/^\s*#\s*\w*$/.test(line)) return [];
  const place = { start: offset - line.trimStart().length, end: Math.max(range.end, offset) };
  const isAtTop = tree.instructions.every((instruction) => instruction.range.start > offset);
  const everywhere = [
    {
      ...plain("# check=skip=", "snippet", place),
      documentation: "Ignores build checks for the instruction below; on the first lines for the whole file.",
    },
    {
      ...plain("# hadolint ignore=", "snippet", place),
      documentation: "Ignores rules for the instruction below.",
    },
  ];
  if (!isAtTop) return everywhere;
  return [
    {
      ...plain("# syntax=docker/dockerfile:1", "snippet", place),
      documentation: "The version of the Dockerfile language.",
    },
    { ...plain("# escape=`", "snippet", place), documentation: "The character that continues a line." },
    ...everywhere,
  ];
}

function plain(label: string, kind: Completion["kind"], range: OffsetRange): Completion {
  return { label, kind, insert: label, isSnippet: false, range };
}
