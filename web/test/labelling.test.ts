import { describe, expect, it } from "vitest";
import { ApiError, type Lease, type Project } from "../src/api";
import { AHEAD, Labelling, type Server } from "../src/state/labelling";
import { choice, leaseOf, offline, project, rig, type Rig } from "./fakes";

class FakeServer implements Server {
  next = 0;
  held = new Set<number>();
  prepared: number[] = [];
  released: number[][] = [];
  requests: number[] = [];
  failures: Error[] = [];
  skippedAsked: boolean[] = [];
  constructor(public items: number, private labelled: () => number) {}
  async lease(_project: number, n: number, skipped: boolean): Promise<{ leases: Lease[]; left: number; items: number }> {
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.requests.push(n);
    this.skippedAsked.push(skipped);
    const leases: Lease[] = [];
    while (leases.length < n && this.next < this.items) {
      this.next += 1;
      leases.push(leaseOf(100 + this.next, this.next));
      this.held.add(100 + this.next);
    }
    return { leases, left: this.items - this.labelled(), items: this.items };
  }
  async renewLeases(_project: number, leases: number[]) {
    return leases.filter((id) => this.held.has(id) || id > 900).map((id) => ({ id }));
  }
  async releaseLeases(_project: number, leases: number[]) {
    this.released.push(leases);
  }
  prepare(lease: Lease) {
    this.prepared.push(lease.item.id);
  }
}

class FakeTiming {
  t = 0;
  timers: { at: number; work: () => void }[] = [];
  now = () => this.t;
  after = (ms: number, work: () => void) => {
    const timer = { at: this.t + ms, work };
    this.timers.push(timer);
    return () => (this.timers = this.timers.filter((x) => x !== timer));
  };
  async pass(ms: number) {
    this.t += ms;
    const due = this.timers.filter((x) => x.at <= this.t);
    this.timers = this.timers.filter((x) => x.at > this.t);
    for (const x of due) x.work();
    await settle();
  }
}

const settle = () => new Promise((r) => setTimeout(r, 5));

async function room(of: Project = project(20)): Promise<Rig & { l: Labelling; server: FakeServer; timing: FakeTiming }> {
  const made = await rig();
  const server = new FakeServer(of.counts.items, () => made.receiver.sent.length);
  const timing = new FakeTiming();
  const l = new Labelling(of, 7, made.outbox, server, timing);
  await l.start();
  return Object.assign(made, { l, server, timing });
}
const shownItem = (l: Labelling) => l.shown.value?.lease.item.id;

describe("labelling", () => {
  it("shows the next item in the tick of the answer, without waiting for anything", async () => {
    const { l, receiver } = await room();
    receiver.label = () => new Promise(() => {}); // a server that never answers
    expect(shownItem(l)).toBe(1);
    for (let item = 2; item <= AHEAD; item += 1) {
      l.choose("hat");
      expect(shownItem(l)).toBe(item);
    }
  });

  it("has at least three items leased and prepared behind the one on show", async () => {
    const { l, server } = await room(project(40));
    for (let i = 0; i < 12; i += 1) {
      l.choose("hat");
      await settle();
      expect(server.prepared.at(-1)! - shownItem(l)!).toBeGreaterThanOrEqual(3);
    }
  });

  it("counts down what is left and says which number the item has", async () => {
    const { l } = await room(project(20));
    expect([l.left.value, l.shown.value?.at]).toEqual([20, 1]);
    l.choose("hat");
    expect([l.left.value, l.shown.value?.at]).toEqual([19, 2]);
    await settle();
    expect(l.left.value).toBe(19);
    l.undo();
    expect([l.left.value, l.shown.value?.at]).toEqual([20, 1]);
  });

  it("keeps the item's number while more items come in", async () => {
    const { l, server } = await room(project(20));
    for (let n = 0; n < 5; n += 1) {
      server.items += 50;
      l.choose("hat");
      await settle();
    }
    expect(l.shown.value?.at).toBe(6);
    expect(l.total.value).toBeGreaterThan(20);
    expect(l.total.value - l.left.value!).toBe(5);
  });

  it("reports a label as stored only after the server said so", async () => {
    const { l, outbox } = await room();
    l.choose("shoes");
    expect(l.stored.value).toBe(null);
    await settle();
    await outbox.idle();
    expect(l.stored.value).toBe(1);
  });

  it("says what is known of the item before, until the next answer is stored", async () => {
    const { l, receiver, outbox } = await room();
    receiver.label = async () => ({ seq: 5, feedback: { right: false, values: { class: "hat" } } });
    l.choose("shoes");
    await settle();
    await outbox.idle();
    expect(l.feedback.value).toEqual({ right: false, values: { class: "hat" } });
    receiver.label = async () => ({ seq: 6, feedback: null });
    l.choose("hat");
    await settle();
    await outbox.idle();
    expect(l.feedback.value).toBe(null);
  });

  it("sends the reason of a skip with it", async () => {
    const { l, receiver, outbox } = await room();
    const sent: unknown[] = [];
    receiver.label = async (e) => { sent.push([e.label?.answer, e.label?.reason]); return { seq: 7 }; };
    l.give("skip", "too dark");
    await settle();
    await outbox.idle();
    expect(sent).toEqual([["skip", "too dark"]]);
  });

  it("undoes many steps, oldest answer last, each item coming back with its answer", async () => {
    const { l, receiver, outbox } = await room();
    l.choose("hat");
    l.choose("shoes");
    l.choose("shirt");
    await settle();
    await outbox.idle();
    for (const [item, name] of [[3, "shirt"], [2, "shoes"], [1, "hat"]] as const) {
      l.undo();
      expect(shownItem(l)).toBe(item);
      expect(l.shown.value?.values).toEqual({ class: name });
    }
    l.undo(); // nothing more: nothing happens
    expect(shownItem(l)).toBe(1);
    await settle();
    await outbox.idle();
    expect(receiver.log.slice(3)).toEqual(["retract 3", "retract 2", "retract 1"]);
    l.choose("shoes");
    expect(shownItem(l)).toBe(2);
    await settle();
    await outbox.idle();
    expect(receiver.log.at(-1)).toBe("label 1 shoes lease 901");
  });

  it("undoes and answers again faster than the server can say anything", async () => {
    const { l, receiver, outbox } = await room();
    l.choose("hat");
    l.undo();
    l.choose("shoes");
    l.undo();
    l.choose("shirt");
    await settle();
    await outbox.idle();
    expect(receiver.log.filter((line) => line.startsWith("label")).at(-1)).toMatch(/^label 1 shirt lease (101|901)$/);
    expect(receiver.log.length % 2).toBe(1); // every earlier answer was retracted
    expect(shownItem(l)).toBe(2);
  });

  it("skips, flags and rejects with a reason", async () => {
    const { l, receiver, outbox } = await room();
    l.give("skip");
    l.give("flag");
    l.give("reject", "blurred");
    await settle();
    await outbox.idle();
    expect(receiver.sent.map((e) => [e.label?.answer, e.label?.reason])).toEqual([["skip", undefined], ["flag", undefined], ["reject", "blurred"]]);
  });

  it("measures the time an item was looked at, not the time the page was hidden", async () => {
    const { l, receiver, outbox, timing } = await room();
    await timing.pass(1000);
    l.pause();
    await timing.pass(60_000);
    l.resume();
    await timing.pass(500);
    l.choose("hat");
    await settle();
    await outbox.idle();
    expect(receiver.sent[0]?.label?.elapsed_ms).toBe(1500);
  });

  it("toggles several classes and sends them on Enter, in the order of the classes", async () => {
    const { l, receiver, outbox } = await room(project(9, [choice("class", "several")]));
    l.choose("shirt");
    l.choose("hat");
    l.choose("shoes");
    l.choose("shoes");
    expect(shownItem(l)).toBe(1);
    l.submit();
    await settle();
    await outbox.idle();
    expect(receiver.sent[0]?.label?.values).toEqual({ class: ["hat", "shirt"] });
  });

  it("asks once more before it takes nothing for an answer", async () => {
    const { l, receiver, outbox } = await room(project(9, [choice("class", "several")]));
    l.submit();
    expect(l.notice.value).toContain("Enter once more");
    expect(shownItem(l)).toBe(1);
    l.submit();
    expect(shownItem(l)).toBe(2);
    await settle();
    await outbox.idle();
    expect(receiver.sent[0]?.label?.values).toEqual({ class: [] });
  });

  it("asks several questions in order and sends itself after the last single choice", async () => {
    const { l, receiver, outbox } = await room(project(9, [choice("what"), choice("colour")]));
    expect(l.question.value).toBe(0);
    l.choose("hat");
    expect([l.question.value, shownItem(l)]).toEqual([1, 1]);
    l.choose("shoes");
    expect([l.question.value, shownItem(l)]).toEqual([0, 2]);
    await settle();
    await outbox.idle();
    expect(receiver.sent[0]?.label?.values).toEqual({ what: "hat", colour: "shoes" });
  });

  it("refuses to send while a single choice is open", async () => {
    const { l } = await room(project(9, [choice("tags", "several"), choice("what")]));
    l.submit();
    l.submit();
    expect(l.notice.value).toContain("what");
    expect(shownItem(l)).toBe(1);
  });

  it("ends when nothing is left, and can ask for the skipped ones", async () => {
    const { l, server, outbox } = await room(project(2));
    l.choose("hat");
    l.choose("hat");
    await settle();
    await outbox.idle();
    await settle();
    expect(l.phase.value).toBe("finished");
    await l.again();
    expect(server.skippedAsked.at(-1)).toBe(true);
  });

  it("says that the rest is with other people when items are left but none to give", async () => {
    const { l, server, timing } = await room(project(5));
    l.stop();
    expect(server.next).toBe(5); // all are leased: to others now
    await l.start();
    expect(l.phase.value).toBe("elsewhere");
    const asked = server.requests.length;
    await timing.pass(20_000);
    expect(server.requests.length).toBe(asked + 1);
  });

  it("goes on with what is leased while the connection is gone, and fetches more when it is back", async () => {
    const { l, server, timing, receiver } = await room(project(30));
    server.failures.push(offline(), offline(), offline());
    receiver.failures.push(offline());
    for (let i = 0; i < AHEAD; i += 1) l.choose("hat");
    expect(shownItem(l)).toBe(AHEAD + 1);
    l.choose("hat");
    await settle();
    expect(l.phase.value).toBe("failed");
    for (let i = 0; i < 6 && l.phase.value !== "ready"; i += 1) await timing.pass(8000);
    expect(shownItem(l)).toBe(AHEAD + 2);
  });

  it("drops leases that were lost, and says so when it was the item on show", async () => {
    const { l, server, timing } = await room(project(30));
    server.held.delete(101);
    server.held.delete(103);
    await timing.pass(60_000);
    expect(shownItem(l)).toBe(2);
    expect(l.notice.value).toContain("went back to the queue");
    l.choose("hat");
    expect(shownItem(l)).toBe(4);
  });

  it("gives back on leaving what nobody answered", async () => {
    const { l, server } = await room(project(30));
    l.choose("hat");
    await settle();
    l.stop();
    expect(server.released.flat()).not.toContain(101);
    expect(server.released.flat().length).toBeGreaterThanOrEqual(AHEAD - 1);
  });

  it("is not disturbed by a refused label", async () => {
    const { l, receiver, outbox } = await room();
    receiver.failures.push(new ApiError(409, "conflict", "taken"));
    l.choose("hat");
    l.choose("shoes");
    await settle();
    await outbox.idle();
    expect(outbox.refused.value).toHaveLength(1);
    expect(receiver.log).toEqual(["label 2 shoes lease 102"]);
    expect(shownItem(l)).toBe(3);
  });
});
