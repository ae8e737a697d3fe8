import { Empty } from '@imageflow/ui';
import { Link } from '@tanstack/react-router';
import { useTexts } from '../texts/useTexts.tsx';

export function NotFound() {
  const texts = useTexts();
  return (
    <main>
      <Empty act={<Link to="/">{texts.nav.home}</Link>}>{texts.notFound}</Empty>
    </main>
  );
}
