/** Language and theme: the same two switches before and after signing in. */
import { ActionIcon, Button, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { IconMoon, IconSun } from '@tabler/icons-react';
import { useLanguageToggle, useTexts } from '../texts/useTexts.tsx';

export function Preferences() {
  const texts = useTexts();
  const toggleLanguage = useLanguageToggle();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme('light') === 'dark';
  const other = texts.language === 'ja' ? 'en' : 'ja';
  return (
    <>
      <Button variant="subtle" color="var(--text-2)" size="xs" lang={other} onClick={toggleLanguage}>
        {texts.otherLanguage}
      </Button>
      <ActionIcon
        variant="subtle"
        color="var(--text-2)"
        size={32}
        aria-label={isDark ? texts.theme.light : texts.theme.dark}
        onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
      >
        {isDark ? <IconSun size={18} stroke={1.75} /> : <IconMoon size={18} stroke={1.75} />}
      </ActionIcon>
    </>
  );
}
