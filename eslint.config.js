import js from 'typescript-eslint';
import hooks from 'eslint-plugin-react-hooks';

export default js.config(
  {ignores: ['dist/', 'dist.*/', 'node_modules/', 'test/fixtures/', '.tmp/']},
  ...js.configs.recommended,
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {parserOptions: {projectService: true, tsconfigRootDir: import.meta.dirname}},
    plugins: {'react-hooks': hooks},
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', {considerDefaultExhaustiveForUnions: true}],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', {argsIgnorePattern: '^_', varsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_'}],
      'no-console': 'error',
      eqeqeq: 'error',
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
    },
  },
  {files: ['src/cli/**', 'lab/**', 'bench/**', 'scripts/**', 'test/**'], rules: {'no-console': 'off'}},
  {files: ['src/**/*.{ts,tsx}'], rules: {'max-lines': ['warn', {max: 300, skipBlankLines: true, skipComments: true}], 'no-control-regex': 'off'}},
  {files: ['**/*.{js,cjs}'], ...js.configs.disableTypeChecked},
  {files: ['**/*.cjs'], rules: {'@typescript-eslint/no-require-imports': 'off'}},
);
