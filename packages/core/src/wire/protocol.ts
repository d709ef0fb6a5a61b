/** Version of the protocol that this package speaks. A change of meaning raises it. */
export const protocolVersion = 1;
