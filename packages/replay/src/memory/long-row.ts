/** Elements of a row from which `set` is quicker than a loop, the view that it may need included (measured on x64). */
export const longRow = 32;
