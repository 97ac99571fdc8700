package main

import (
	"github.com/entaudience/entaudience/dashboards"
	"github.com/entaudience/entaudience/dashboards/access"
)

// access is who asks for pages, as configured, and where it is noted.
func (a *app) access() (dashboards.Access, dashboards.Auditor, error) {
	c := a.config.Access
	audit := access.OpenAudit(a.config.DataDir, a.clock, a.logger)
	if c.Mode == "none" {
		return access.Open{}, audit, nil
	}
	proxies, err := access.ParseProxies(c.Proxies)
	if err != nil {
		return nil, nil, err
	}
	var mapping *access.Mapping
	if c.Mapping != "" {
		if mapping, err = access.OpenMapping(c.Mapping, a.logger); err != nil {
			return nil, nil, err
		}
	}
	if c.Mode == "header" {
		h, err := access.NewHeader(access.HeaderOptions{
			Proxies: proxies, Subject: c.Header.Subject, Name: c.Header.Name,
			Access: c.Header.Access, Schools: c.Header.Schools, Mapping: mapping,
		})
		return h, audit, err
	}
	sessions := access.NewSessions(access.SessionOptions{
		Folder: a.config.DataDir, Lifetime: c.Lifetime, Secure: a.config.Secure(), Log: a.logger,
	})
	if c.Mode == "local" {
		l, err := access.NewLocal(access.LocalOptions{
			Sessions: sessions, Accounts: access.OpenAccounts(a.config.DataDir, a.clock), Proxies: proxies, Audit: audit, Clock: a.clock,
		})
		return l, audit, err
	}
	secret, err := access.OpenSecret(a.config.DataDir)
	if err != nil {
		return nil, nil, err
	}
	return access.NewOIDC(access.OIDCOptions{
		Issuer: c.OIDC.Issuer, ClientID: c.OIDC.ClientID, ClientSecret: c.OIDC.ClientSecret, Public: a.config.Public(),
		Scopes: c.OIDC.Scopes, SubjectClaim: c.OIDC.SubjectClaim, NameClaim: c.OIDC.NameClaim, AccessClaims: c.OIDC.AccessClaims,
		Mapping: mapping, Sessions: sessions, Secret: secret, Secure: a.config.Secure(), Audit: audit, Clock: a.clock,
	}), audit, nil
}
