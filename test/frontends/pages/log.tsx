import { useEffect, useState } from 'react'

/** Everything that `value` has been since the page was opened, each as a line. */
export function Log({ id, value }: { id: string; value: string }) {
  const [values, add] = useState<readonly string[]>([])
  useEffect(() => add(values => [...values, value]), [value])
  return <output id={id}>{values.join(' ')}</output>
}
