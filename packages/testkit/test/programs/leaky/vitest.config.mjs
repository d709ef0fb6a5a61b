// Stands alone: keeps the search for a configuration from going up to the package's own.
export default { test: { pool: "forks" } };
