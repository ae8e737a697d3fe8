/** Mantine in the project's colours: its variables point at the tokens, so both themes come from tokens.css. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const blue: MantineColorsTuple = [
  '#e6edfb',
  '#cddbf7',
  '#b3c9f3',
  '#9db9ff',
  '#86acff',
  '#5f8cec',
  '#3f70da',
  '#2458c6',
  '#1d4aa8',
  '#163a85',
];

/** Filled ones in both themes as the tokens say; Mantine would reckon the text's colour from the light theme. */
const filled = { '--button-bg': 'var(--accent)', '--button-color': 'var(--on-accent)', '--button-hover': 'var(--accent)' };

export const theme = createTheme({
  colors: { blue },
  primaryColor: 'blue',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  defaultRadius: 7,
  fontFamily: 'Inter, "Hiragino Sans", "Yu Gothic UI", Meiryo, "Noto Sans JP", "Noto Sans CJK JP", sans-serif',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  components: {
    Button: {
      vars: (_theme: unknown, { variant = 'filled' }: { readonly variant?: string }) => ({ root: variant === 'filled' ? filled : {} }),
    },
  },
});

const variables = {
  '--mantine-color-body': 'var(--bg)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-color': 'var(--text)',
  '--mantine-color-default-border': 'var(--border)',
  '--mantine-color-default-hover': 'var(--sunken)',
  '--mantine-color-dimmed': 'var(--text-3)',
  '--mantine-color-error': 'var(--ng-text)',
  '--mantine-color-placeholder': 'var(--text-3)',
};

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: variables, dark: variables });
