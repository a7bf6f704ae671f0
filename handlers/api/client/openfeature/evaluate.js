// evaluate asks a client of OpenFeature for flags of each type, an unknown one, and one of another type.
export async function evaluate(client) {
  const shown = (d) => [d.value, d.reason, d.errorCode ?? d.variant];
  return {
    sso: shown(await client.getBooleanDetails("sso", false)),
    calls: shown(await client.getBooleanDetails("calls", true)),
    colour: shown(await client.getStringDetails("colour", "")),
    ratio: shown(await client.getNumberDetails("ratio", 0)),
    box: shown(await client.getObjectDetails("box", {})),
    none: shown(await client.getBooleanDetails("none", false)),
    mismatch: shown(await client.getBooleanDetails("colour", true)),
  };
}
