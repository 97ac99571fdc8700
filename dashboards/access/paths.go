package access

// The addresses of coming in and going out, which the way in and the pages
// must agree on.
const (
	PathLogin    = "/connexion"             // the login page, and where its form goes
	PathProvider = "/connexion/fournisseur" // leads to the identity provider
	PathReturn   = "/connexion/retour"      // where the provider leads back
	PathLogout   = "/deconnexion"
)
