/** A template of `--format`, taken apart. The language is the part of Go's text/template that docker's users write. */

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

/** `$name := a | b x | c`: the value of each command is the last argument of the next. */
export interface Pipeline {
  /** Variables without their `$`; `range` may declare two, key and value. */
  readonly declares: readonly string[];
  /** `=` rather than `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

export type Operand =
  | { readonly kind: "literal"; readonly value: string | number | boolean | undefined }
  | { readonly kind: "function"; readonly name: string }
  /** `.A.B`, `$x.A`, `(…).A`; the path may be empty. */
  | { readonly kind: "path"; readonly from: PathStart; readonly path: readonly string[] };

export type PathStart = "dot" | { readonly variable: string } | { readonly pipeline: Pipeline };
