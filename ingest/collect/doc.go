// Package collect receives the hits of the ENT's tag over HTTP, in both
// dialects of the national tagging plan (2012 and 2021), and turns each one
// into a schemas.Event, or into a schemas.Refusal that says why not.
//
// It is the only place where a person's identifier, a User-Agent or a referrer
// exists: they are read, used and forgotten here. Nothing that this package
// publishes, logs, counts or returns as an error holds one of them.
//
// A hit crosses it in one direction: Handler (or Import, for recorded hits)
// makes a Hit; Collector.Read parses the query string, asks Devices, SiteMap
// and a Keyring, and answers the event; Handler publishes the event and only
// then answers the browser.
//
// The package must not know Kafka, ClickHouse or the directory of schools:
// where an event goes is a Publisher, an argument.
package collect
