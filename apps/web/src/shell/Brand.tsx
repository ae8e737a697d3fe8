import styles from './Shell.module.css';

export function Brand() {
  return (
    <span className={styles.brand}>
      <img src="/favicon.ico" width={20} height={20} alt="" />
      ImageFlowCanvas
    </span>
  );
}
