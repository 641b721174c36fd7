/* Who is signed in, in this browser. */
import { computed, signal } from "@preact/signals";
import * as api from "../api";
import type { Provider, ProviderAnswer, Role, User } from "../api";
import type { Outbox } from "./outbox";

const ROLES: readonly Role[] = ["annotator", "reviewer", "manager", "admin"];

/* What the person who reads it may do in this project; the account's own role does not count there. */
export const mayIn = (project: { role: Role } | null, least: Role): boolean =>
  !!project && ROLES.indexOf(project.role) >= ROLES.indexOf(least);

export class Session {
  /* undefined: not known yet; null: nobody. */
  readonly user = signal<User | null | undefined>(undefined);
  readonly fresh = signal(false); // there is no user at all yet
  readonly trouble = signal<string | null>(null);
  readonly provider = signal<Provider | null>(null);
  readonly refused = signal(""); // what came of an answer of the provider, if it was not a sign-in
  readonly version = signal("");
  readonly isManager = computed(() => this.may("manager"));
  readonly isAdmin = computed(() => this.may("admin"));

  constructor(private readonly outbox: () => Outbox) {}

  may(least: Role): boolean {
    const user = this.user.value;
    return !!user && ROLES.indexOf(user.role) >= ROLES.indexOf(least);
  }

  async load(): Promise<void> {
    this.trouble.value = null;
    try {
      let { user, version, provider } = await api.whoAmI();
      /* Asked again under the lock if another tab may be changing it this moment. */
      if ((await this.outbox().shelf.owner()) !== user.id) ({ user, version, provider } = await this.change(api.whoAmI));
      this.version.value = version;
      this.provider.value = provider ?? null;
      await this.become(user);
    } catch (failure) {
      if (!(failure instanceof api.ApiError) || failure.status !== 401) {
        this.trouble.value = api.sentence(failure);
        return;
      }
      this.fresh.value = failure.setup;
      this.provider.value = failure.provider;
      await this.become(null);
    }
  }

  signIn = (name: string, password: string) =>
    this.change(() => api.signIn(name, password)).then(({ user }) => this.become(user));

  /* What the browser brought back from the provider: a sign-in, a new connection, or a refusal, which
     the next page shows. */
  async arrive(answer: ProviderAnswer): Promise<void> {
    try {
      await this.change(() => api.endAtProvider(answer));
    } catch (failure) {
      this.refused.value = api.sentence(failure);
    }
  }

  accept = (token: string, name: string | null, password: string) =>
    this.change(() => api.acceptInvitation(token, name, password)).then(({ user }) => this.become(user));

  async signOut(where: "here" | "everywhere" = "here"): Promise<void> {
    await this.outbox().changeLogin(async () => {
      await (where === "here" ? api.signOut() : api.signOutEverywhere());
      return { user: null, value: null };
    });
    await this.become(null);
  }

  /* The server no longer knows us. Nothing kept here is lost. */
  lost(): void {
    if (this.user.value) this.user.value = null;
  }

  private change<T extends { user: User }>(work: () => Promise<T>): Promise<T> {
    return this.outbox().changeLogin(async () => {
      const value = await work();
      return { user: value.user.id, value };
    });
  }

  private async become(user: User | null): Promise<void> {
    if (user) this.fresh.value = false;
    this.user.value = user;
    await this.outbox().start(user?.id ?? null);
  }
}
