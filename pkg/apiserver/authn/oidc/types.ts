/** JWT authenticators as AuthenticationConfiguration (apiserver.config.k8s.io/v1) names them. */
export interface PrefixedClaim {
  readonly claim?: string
  readonly prefix?: string
  readonly expression?: string
}

export interface JwtAuthenticatorConfig {
  readonly issuer: {
    readonly url: string
    readonly discoveryURL?: string
    /** PEM. */
    readonly certificateAuthority?: string
    readonly audiences: readonly string[]
    readonly audienceMatchPolicy?: string
    readonly egressSelectorType?: string
  }
  readonly claimValidationRules?: readonly {
    readonly claim?: string
    readonly requiredValue?: string
    readonly expression?: string
    readonly message?: string
  }[]
  readonly claimMappings: {
    readonly username: PrefixedClaim
    readonly groups?: PrefixedClaim
    readonly uid?: { readonly claim?: string; readonly expression?: string }
    readonly extra?: readonly { readonly key: string; readonly valueExpression: string }[]
  }
  readonly userValidationRules?: readonly { readonly expression: string; readonly message?: string }[]
  /** Only by flag: --oidc-signing-algs. */
  readonly algorithms?: readonly string[]
}
