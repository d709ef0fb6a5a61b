import eslint from "@eslint/js";
import prettier from "eslint-config-prettier";
import globals from "globals";
import { defineConfig, globalIgnores } from "eslint/config";
import typescript from "typescript-eslint";

/** An underscore marks what is there for its place only. */
const unused = {
  argsIgnorePattern: "^_",
  varsIgnorePattern: "^_",
  caughtErrors: "none",
  ignoreRestSiblings: true,
};

export default defineConfig(
  globalIgnores([
    "packages/*/dist/",
    "apps/*/dist/",
    "**/node_modules/",
    "**/coverage/",
    "**/.turbo/",
    "docs/",
    "**/fixtures/",
  ]),
  eslint.configs.recommended,
  {
    rules: {
      eqeqeq: ["error", "smart"],
      "no-console": "off",
      "no-unused-vars": ["error", unused],
      "prefer-const": ["error", { destructuring: "all" }],
    },
  },
  { files: ["**/*.mjs"], languageOptions: { globals: globals.node } },
  {
    files: ["**/*.ts"],
    extends: [typescript.configs.strictTypeChecked, typescript.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // Every promise is awaited, or explicitly not.
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/no-misused-promises": ["error", { checksVoidReturn: { attributes: false } }],
      "@typescript-eslint/return-await": ["error", "error-handling-correctness-only"],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      // An async method without await keeps an interface's promise, and turns a throw into a rejection.
      "@typescript-eslint/require-await": "off",

      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-explicit-any": "error",
      "@typescript-eslint/no-unused-vars": ["error", unused],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],

      // Empty on purpose is common and plain: a no-op callback, a loop that only advances.
      "@typescript-eslint/no-empty-function": "off",
      // What a peer sent is checked whatever its type says, and an index may be known to be in range.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      // A type parameter used once names what the caller vouches for: `get<T>(key)`.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // `deferred<void>()`, `Promise<void> | void`: void says "nothing to use" there, and says it well.
      "@typescript-eslint/no-invalid-void-type": "off",
      // An empty string is "not given" in environment variables and in /proc.
      "@typescript-eslint/prefer-nullish-coalescing": [
        "error",
        { ignorePrimitives: { string: true }, ignoreTernaryTests: true },
      ],
      // Matters of taste; hot paths are written for the engine.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/prefer-for-of": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/unified-signatures": "off",
      "@typescript-eslint/no-extraneous-class": "off",
      "@typescript-eslint/unbound-method": "off",
      // What was caught, or what a signal was aborted with, may be anything and is passed on as it is.
      "@typescript-eslint/only-throw-error": [
        "error",
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
      "@typescript-eslint/prefer-promise-reject-errors": [
        "error",
        { allowThrowingUnknown: true, allowThrowingAny: true },
      ],
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/dot-notation": "off",
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-unsafe-enum-comparison": "off",
    },
  },
  {
    files: ["**/test/**/*.ts", "packages/testkit/src/*-suite.ts", "packages/testkit/src/*-suite/*.ts"],
    rules: {
      // Tests throw and reject with anything, and look into what has no type: `(await iterator.next()).value`.
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/prefer-promise-reject-errors": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
  prettier,
);
