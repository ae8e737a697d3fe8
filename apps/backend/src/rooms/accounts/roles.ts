/** The permission table as people read it. */
import { type Action, isAllowed, type LocalizedText, permissions, type Role } from '@imageflow/core';

const labels: Readonly<Record<Role, LocalizedText>> = {
  admin: { ja: '管理者', en: 'Administrator' },
  engineer: { ja: '技術者（パイプライン・マスター）', en: 'Engineer (pipelines, masters)' },
  inspector: { ja: '検査員（検査・判定）', en: 'Inspector (sessions, verdicts)' },
  viewer: { ja: '閲覧者', en: 'Viewer' },
  service: { ja: '処理サービス', en: 'Processing service' },
  device: { ja: '検査端末', en: 'Inspection device' },
};

export interface RoleDescription {
  readonly role: Role;
  readonly label: LocalizedText;
  readonly actions: Action[];
}

export function describeRoles(): RoleDescription[] {
  return (Object.keys(labels) as Role[]).map((role) => ({ role, label: labels[role], actions: actionsOf(role) }));
}

export function actionsOf(role: Role): Action[] {
  return (Object.keys(permissions) as Action[]).filter((action) => isAllowed(role, action));
}
