/** One thing that is measured on every contender, with the bound its ratio to the reference is held to. */
export interface Bench<Contender> {
  readonly name: string;
  readonly unit: "ms" | "MiB" | "MiB/s";
  /** Ratio of Berth to the first of `against` that took part. */
  readonly bound: { readonly atMost: number } | { readonly atLeast: number } | undefined;
  /** Names of contenders besides Berth; the first is the one the bound speaks of. */
  readonly against: readonly string[];
  readonly samples: number;
  /** Statistic the bound speaks of. */
  readonly statistic?: "median" | "p95";
  readonly prepare?: (contender: Contender, signal: AbortSignal) => Promise<void>;
  /** One value in `unit`. What must not be measured is done before or after the part that is timed. */
  readonly sample: (contender: Contender, index: number, signal: AbortSignal) => Promise<number>;
  readonly cleanUp?: (contender: Contender, signal: AbortSignal) => Promise<void>;
}

export interface Figures {
  readonly samples: readonly number[];
  readonly median: number;
  readonly p95: number;
}

export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly bound: string;
  readonly statistic: "median" | "p95";
  readonly figures: Readonly<Record<string, Figures>>;
  /** Why a contender gave no figures. */
  readonly failures: Readonly<Record<string, string>>;
  readonly ratio: number | undefined;
  readonly isMet: boolean | undefined;
}

interface Named {
  readonly name: string;
}

/** Takes the samples of all contenders in turn, so that a slow moment of the machine falls on all of them. */
export async function measure<Contender extends Named>(
  bench: Bench<Contender>,
  contenders: readonly Contender[],
  signal: AbortSignal,
): Promise<Result> {
  const taking = contenders.filter(({ name }) => name === "berth" || bench.against.includes(name));
  const samples = new Map<string, number[]>();
  const failures: Record<string, string> = {};
  const attempt = async (contender: Contender, step: () => Promise<void>) => {
    if (failures[contender.name] !== undefined) return;
    try {
      await step();
    } catch (error) {
      signal.throwIfAborted();
      failures[contender.name] = error instanceof Error ? error.message : String(error);
    }
  };
  try {
    for (const each of taking) await attempt(each, async () => await bench.prepare?.(each, signal));
    // Index -1 warms caches and counts for nothing, where there are samples enough to afford one.
    for (let index = bench.samples >= 10 ? -1 : 0; index < bench.samples; index++) {
      for (const each of taking) {
        await attempt(each, async () => {
          const value = await bench.sample(each, index, signal);
          if (index >= 0) samples.set(each.name, [...(samples.get(each.name) ?? []), value]);
        });
      }
    }
  } finally {
    for (const each of taking) {
      await bench.cleanUp?.(each, AbortSignal.timeout(600_000)).catch((error: unknown) => {
        failures[each.name] ??= `clean-up: ${error instanceof Error ? error.message : String(error)}`;
      });
    }
  }
  return conclude(bench, samples, failures);
}

function conclude<Contender>(
  bench: Bench<Contender>,
  samples: ReadonlyMap<string, readonly number[]>,
  failures: Readonly<Record<string, string>>,
): Result {
  const figures = Object.fromEntries([...samples].map(([name, values]) => [name, figuresOf(values)]));
  const statistic = bench.statistic ?? "median";
  const ours = failures.berth === undefined ? figures.berth?.[statistic] : undefined;
  const reference = bench.against.find((name) => figures[name] !== undefined && failures[name] === undefined);
  const theirs = reference === undefined ? undefined : figures[reference]?.[statistic];
  const ratio = ours === undefined || theirs === undefined ? undefined : ours / theirs;
  return {
    ...{ name: bench.name, unit: bench.unit, statistic, figures, failures, ratio },
    bound: printBound(bench.bound),
    isMet: ratio === undefined ? undefined : isWithin(ratio, bench.bound),
  };
}

export function figuresOf(values: readonly number[]): Figures {
  return { samples: values, median: quantile(values, 0.5), p95: quantile(values, 0.95) };
}

/** By linear interpolation between the two nearest values; `values` must not be empty. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

function isWithin(ratio: number, bound: Bench<unknown>["bound"]): boolean | undefined {
  if (bound === undefined) return undefined;
  return "atMost" in bound ? ratio <= bound.atMost : ratio >= bound.atLeast;
}

function printBound(bound: Bench<unknown>["bound"]): string {
  if (bound === undefined) return "";
  return "atMost" in bound ? `≤ ${bound.atMost} ×` : `≥ ${bound.atLeast} ×`;
}
