/* The provider: `oidc-provider`, with its own sign-in pages, which let in whoever gives a name. */
import Provider from "oidc-provider";
import { listen, newKeys, SECRET } from "./lib.mjs";

const client = (client_id, redirect, more) => ({
  client_id, client_secret: SECRET, redirect_uris: [redirect], grant_types: ["authorization_code"], response_types: ["code"], ...more,
});

/* Clients for one program: one for each algorithm, one without a secret, one that posts it. */
export async function startProvider(ports) {
  const { server, url } = await listen((request, reply) => handle(request, reply));
  const count = { keys: 0 };
  let handle;
  const use = (jwks) => {
    const provider = new Provider(url, {
      jwks,
      clients: Object.entries(ports).map(([id, port]) => client(id, `http://127.0.0.1:${port}/`, {
        ...(/^(RS256|PS256|ES256|EdDSA)$/.test(id) ? { id_token_signed_response_alg: id } : {}),
        ...(id === "public" ? { token_endpoint_auth_method: "none", client_secret: undefined } : {}),
        ...(id === "post" ? { token_endpoint_auth_method: "client_secret_post" } : {}),
      })),
      enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA"] },
      scopes: ["openid", "profile"],
      claims: { openid: ["sub"], profile: ["name"] },
      findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, name: id.replace(/-.*/, "") }) }),
      pkce: { methods: ["S256"], required: () => true },
      cookies: { keys: ["only a test"] },
    });
    const callback = provider.callback();
    handle = (request, reply) => {
      if (request.url === "/jwks") count.keys += 1;
      callback(request, reply);
    };
  };
  use(newKeys());
  return { url, count, rotate: () => use(newKeys()), stop: () => { server.closeAllConnections(); return new Promise((done) => server.close(done)); } };
}
