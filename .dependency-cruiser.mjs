// Imports against the layers of tooling/scripts/layers.mjs. check-layers.mjs holds package.json and
// tsconfig.json against the same table.
import { layers, side } from "./tooling/scripts/layers.mjs";

/** Sources of these packages. */
const folder = (names) => `^packages/(${names.join("|")})/`;

/** An import of these packages: by path, by name into their build, or by name before they are built. */
const imported = (names) => `^(packages|@troupe)/(${names.join("|")})(/|$)`;

/** A package of one layer importing one of its own layer or of a higher one. */
const upward = layers.map((names, layer) => ({
  name: `layer-${layer}-imports-lower-layers-only`,
  comment: `Layer ${layer} (${names.join(", ")}) may import packages of lower layers only.`,
  severity: "error",
  from: { path: `^packages/(${names.join("|")})/src/` },
  to: { path: imported(layers.slice(layer).flat()), pathNot: "^packages/$1/" },
}));

export default {
  forbidden: [
    ...upward,
    {
      name: "testkit-is-for-tests",
      comment: "Only tests may import the testkit.",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/", pathNot: folder(side) },
      to: { path: imported(side) },
    },
    {
      name: "package-without-a-layer",
      comment: "Each package has its layer in tooling/scripts/layers.mjs.",
      severity: "error",
      from: { path: "^packages/", pathNot: folder([...layers.flat(), ...side]) },
      to: {},
    },
    {
      name: "apps-are-on-top",
      comment: "Nothing imports an app, another app neither.",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: { path: "^apps/", pathNot: "^$1/$2/" },
    },
    {
      name: "another-package-by-its-name",
      comment: "Another package is imported by its name, not by a path into its src or dist.",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: {
        path: "^(packages|apps)/[^/]+/",
        pathNot: "^$1/$2/",
        dependencyTypes: ["local"],
      },
    },
    {
      name: "internal-is-private",
      comment: "src/internal is its own package's.",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/" },
      to: { path: "/src/internal/", pathNot: "^$1/$2/" },
    },
    {
      name: "src-does-not-import-tests",
      comment: "A published package does not import its own tests.",
      severity: "error",
      from: { path: "^(packages|apps)/([^/]+)/src/" },
      to: { path: "^$1/$2/test/" },
    },
    {
      name: "no-cycles",
      comment: "Modules that import each other cannot be understood, or loaded, one at a time.",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/" },
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "no-orphans",
      comment: "A source file that nothing imports and that imports nothing is forgotten.",
      severity: "error",
      from: {
        orphan: true,
        path: "^(packages|apps)/[^/]+/src/",
        pathNot: "/src/(index|main)\\.ts$|\\.d\\.ts$",
      },
      to: {},
    },
    {
      name: "resolvable",
      comment: "The import leads nowhere: the file is not there, or the dependency is not in package.json.",
      severity: "error",
      from: { path: "^(packages|apps)/[^/]+/src/" },
      // Packages of the workspace lead somewhere once they are built; check-layers.mjs knows them anyway.
      to: { couldNotResolve: true, pathNot: "^@troupe/" },
    },
    {
      name: "listed-dependencies",
      comment: "What is published may import what its package.json lists, not what happens to be installed.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: {
        dependencyTypes: ["npm-no-pkg", "npm-unknown", "npm-dev"],
        // An optional peer counts as several of these kinds at once.
        dependencyTypesNot: ["npm", "npm-peer", "npm-optional", "type-only"],
      },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules|^(packages|apps)/[^/]+/dist/" },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "default", "types"],
      extensions: [".ts", ".js", ".mjs", ".d.ts"],
    },
  },
};
