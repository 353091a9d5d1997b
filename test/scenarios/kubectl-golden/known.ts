/** Lines on which ours and the real kubectl part, each with the reason. */
export const known: readonly { readonly reason: string; readonly lines: readonly string[] /** It depends on the moment. */; readonly sometimes?: true }[] = [
  {
    reason: 'what cannot be sorted by is told, where the original says that there is nothing',
    lines: ['get pods --sort-by=.nope'],
  },
  {
    reason: 'the original tries an older version after any failure, and then tells of that one alone',
    lines: ['autoscale deploy dep-{side} --min=1 --max=3'],
    // Of 1.36: older ones do as ours.
    sometimes: true,
  },
  {
    reason: 'the original drops the failure of its printer',
    lines: [
      'events -o name',
      'events --chunk-size=1 -o name --show-managed-fields',
      'events --chunk-size=1 -o jsonpath={.metadata.nope} --allow-missing-template-keys=false',
      'auth reconcile -f {side}/rbac.yaml --dry-run=client -o jsonpath={.metadata.nope} --allow-missing-template-keys=false',
      'wait cm/c --for=create -o jsonpath={.metadata.nope} --allow-missing-template-keys=false',
    ],
  },
  {
    reason: 'the original cannot edit a scale',
    lines: ["'KUBE_EDITOR=sed -i /replicas:/s/.$/5/' edit deploy walked-{side} --subresource=scale"],
  },
  {
    reason: 'the folder is told by its whole path',
    lines: ['kustomize nope'],
  },
  {
    reason: 'what could not be printed is told, where the original tries an older version and tells of that',
    lines: ['autoscale deploy web --max=3 --name=f-{side} --dry-run=client -o jsonpath={.metadata.nope} --allow-missing-template-keys=false'],
  },
  {
    reason: 'the original runs into its own rate limiter when so little time is left',
    lines: ['wait pod/plain --for=delete --timeout=100ms'],
    sometimes: true,
  },
  {
    reason: 'the original tells the keys of Secrets and ConfigMaps in the order that its map happens to have',
    lines: ['describe secret s', 'describe secret tok', 'describe cm c'],
    sometimes: true,
  },
  {
    reason: "lines of the original's own log",
    lines: ['-s http://127.0.0.1:1 get pods'],
  },
  {
    reason: "a list of global flags with the original's own words",
    lines: ['options'],
  },
  {
    reason: 'versions differ by nature',
    lines: ['version --client -o json x'],
  },
]
