// Defines nothing in pools.
export const nothing = 1;
