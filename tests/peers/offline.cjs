// Loaded into the Slack server before itself, so that the tests never reach the network: every
// request is answered as Slack answers one with a wrong token.
globalThis.fetch = async () => ({
  ok: true,
  status: 200,
  json: async () => ({ ok: false, error: "invalid_auth" }),
});
