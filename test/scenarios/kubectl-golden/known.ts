/** Lines on which ours and the real kubectl part, each with the reason. */
export const known: readonly { readonly reason: string; readonly lines: readonly string[] /** It depends on the moment. */; readonly sometimes?: true }[] = [
  {
    reason: 'nested claims of volumes: upstream loses its indent, ours keeps the columns',
    lines: ['describe pod web-0', 'describe pods', 'describe pod web', 'describe pods,svc -l app=web'],
  },
  {
    reason: 'what cannot be sorted by is told, where the original says that there is nothing',
    lines: ['get pods --sort-by=.nope'],
  },
  {
    reason: 'the original drops the failure of its printer of names',
    lines: ['events -o name'],
  },
  {
    reason: '1.34 and later take --for several times, and say so',
    lines: ['wait pod/plain'],
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
    reason: '1.34 and later name the containers that there are, and look before they ask the server',
    lines: ['logs web-0 -c nope', 'exec web-0 -c nope -- ls', 'attach web-0 -c nope'],
  },
  {
    reason: 'a port that cannot be is refused before the pod is asked',
    lines: ['port-forward web-0 80:90:1'],
  },
  {
    reason: 'the original reads the subresource first, and we only when we write it',
    lines: ['patch deploy web --subresource=foo -p {}'],
  },
  {
    reason: 'a kubeconfig in JSON stands in the order of its keys',
    lines: ['config view -o json'],
  },
  {
    reason: "lines of the original's own log",
    lines: ['-s http://127.0.0.1:1 get pods'],
  },
  {
    reason: '1.36 prints -o kyaml without a feature gate',
    lines: ['get pod web-0 -o kyaml', 'get pods -o kyaml', 'get deploy,svc -o kyaml', 'get widgets -o kyaml'],
  },
  {
    reason: 'help is said in our own words: it is documentation, which is not carried over',
    lines: [
      'rollout',
      'auth',
      'top',
      'certificate foo',
      'options',
      'plugin',
      'config',
      'config use-context',
      'config set-cluster',
      'config set-credentials',
      'config delete-context',
      'config rename-context a',
      'config set',
      'config set a',
      'config unset',
      'help foo',
    ],
  },
  {
    reason: 'names are drawn at random',
    lines: ['debug web-0 --image=i --share-processes'],
  },
  {
    reason: 'versions differ by nature',
    lines: ['version --client -o json x', 'version -o foo'],
  },
  {
    reason: '1.36 keeps no preferences in a kubeconfig',
    lines: ['config view', 'config view --minify', '--kubeconfig=nope config view'],
  },
]
