// Package dashboards serves the pages of the pilots: HTML that works without
// JavaScript, and the same figures as CSV and JSON from the same handlers.
//
// A page is one file: a struct, a handler and, under templates, a template of
// the same name. Figures come through the small interfaces of reader.go; the
// package must not know ClickHouse, Kafka or how a hit is received.
package dashboards
