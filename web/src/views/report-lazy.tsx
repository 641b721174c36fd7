/* The report of a version, fetched when it is looked at: most visits never do. */
import { useEffect, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import { attempt } from "../app";
import { Waiting } from "../ui/shell";
import type { ReportProps } from "./report";

export function LazyReport(props: ReportProps) {
  const [view, setView] = useState<{ Report: ComponentType<ReportProps> } | null>(null);
  useEffect(() => { void attempt(async () => setView(await import("./report"))); }, []);
  return view ? <view.Report {...props} /> : <Waiting />;
}
