/* Known answers, for reviewers: saying that an item has one, and how people do on those. */
import { useEffect, useState } from "preact/hooks";
import { attempt, say } from "../app";
import * as api from "../api";
import type { History, Item, KnownAnswer, PersonChecks, Project, Values } from "../api";
import { percent, plural, valuesInWords, when } from "../format";
import { href } from "../router";
import { complete, missing } from "../state/answers";
import { byTrouble, proposed, shareInWords } from "../state/known";
import { AnswerField } from "../ui/answer";
import { Dialog } from "../ui/dialog";
import { Form } from "../ui/field";

const inWords = (values: Values): string => valuesInWords(values) || "none of them";

/* On the page of an item. The button stays the same one, so that the focus does. */
export function Known({ item, project, history }: { item: Item; project: Project; history: History | null }) {
  const [known, setKnown] = useState<KnownAnswer | null | undefined>(undefined); // undefined: not fetched yet
  const [asking, setAsking] = useState(false);
  const load = async () => setKnown(await api.knownAnswerOf(project.id, item.id));
  useEffect(() => { void attempt(load); }, [item.id]);
  const unset = () => attempt(async () => {
    await api.unsetKnown(item.id);
    await load();
    say("The answer is no longer known.");
  });
  if (known === undefined) return null;
  return (
    <div class="known">
      <h3>Known answer</h3>
      <p role="status">{known ? <><strong>{inWords(known.values)}</strong> <span class="hint">since {when(known.at)}</span></> : <span class="hint">None: nobody is checked by this item.</span>}</p>
      <div class="row wrap">
        <button type="button" onClick={() => (known ? void unset() : setAsking(true))}>{known ? "No longer" : "This is a known answer"}</button>
        {known && <button type="button" class="quiet" onClick={() => setAsking(true)}>Change it</button>}
      </div>
      {asking && <Ask project={project} from={known?.values ?? proposed(project.questions, history)} close={() => setAsking(false)} send={async (values) => {
        await api.setKnown(item.id, values);
        await load();
        setAsking(false);
        say("The answer is known from now on.");
      }} />}
    </div>
  );
}

function Ask({ project, from, close, send }: { project: Project; from: Values; close(): void; send(values: Values): Promise<void> }) {
  const [values, setValues] = useState(from);
  const answers = complete(project.questions, values);
  return (
    <Dialog title="What is right?" close={close}>
      <p>Whoever gets the item is checked by this answer. {project.feedback ? "They are told afterwards whether they were right." : "Nobody is told that they are."}</p>
      {project.gold_rate === 0 && <p class="hint">Such items are not mixed in yet: the share is set in the settings of the project.</p>}
      <Form send={() => send(answers)}>
        {(busy) => <>
          {project.questions.map((q) => (
            <AnswerField key={q.name} question={q} value={answers[q.name]!} set={(v) => setValues({ ...values, [q.name]: v })} />
          ))}
          <div class="row end">
            <button type="button" class="quiet" onClick={close}>Cancel</button>
            <button class="primary" disabled={busy || missing(project.questions, values) !== undefined}>It is known</button>
          </div>
        </>}
      </Form>
    </Dialog>
  );
}

const PAGE = 20;

/* On the quality page: the known answers, and who met them how. */
export function KnownAnswers({ project }: { project: Project }) {
  const [list, setList] = useState<readonly KnownAnswer[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [people, setPeople] = useState<readonly PersonChecks[]>([]);
  const load = (after: number | null) => attempt(async () => {
    const page = await api.listKnown(project.id, after, PAGE);
    setList((before) => (after === null ? page.gold : [...(before ?? []), ...page.gold]));
    setNext(page.next);
  });
  useEffect(() => {
    void load(null);
    void attempt(async () => setPeople(await api.listChecks(project.id)));
  }, [project.id]);
  if (list === null) return null;
  return (
    <section class="panel" aria-labelledby="known-heading">
      <h2 id="known-heading">Known answers</h2>
      <p class="hint">{list.length === 0 ? "There are none. An item gets one on its page." : mixedInWords(project)}</p>
      {people.length > 0 && <Results people={people} />}
      {list.length > 0 && (
        <details class="earlier" open={people.length === 0}>
          <summary>{next === null ? plural(list.length, "item") : `The first ${plural(list.length, "item")}`} with a known answer</summary>
          <ul class="lines">{list.map((k) => (
            <li key={k.item} class="line"><a href={href(`/p/${project.id}/items/${k.item}`)}>Item {k.item}</a><span class="grow">{inWords(k.values)}</span><span class="hint">{when(k.at)}</span></li>
          ))}</ul>
          {next !== null && <button type="button" onClick={() => void load(next)}>Show more</button>}
        </details>
      )}
    </section>
  );
}

const mixedInWords = (p: Project): string =>
  (p.gold_rate ? `${percent(p.gold_rate)} of what people get are items with a known answer.` : "They are not mixed in: the share is set in the settings.");

function Results({ people }: { people: readonly PersonChecks[] }) {
  return (
    <div class="scroll" role="region" aria-label="How people do on known answers" tabIndex={0}><table class="figures-table">
      <thead><tr><th scope="col">Person</th><th scope="col">Right where it is known</th><th scope="col">The same when asked again</th></tr></thead>
      <tbody>{byTrouble(people).map((p) => (
        <tr key={p.user.id}><th scope="row">{p.user.name || "Somebody who left"}</th><td>{shareInWords(p.right, p.gold)}</td><td>{shareInWords(p.agree, p.again)}</td></tr>
      ))}</tbody>
    </table></div>
  );
}
