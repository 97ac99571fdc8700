// Package schemas is the vocabulary of entaudience: what an event, a visit, a
// school, a territory, a period and an indicator are, and the codes in which
// the national tagging plan (DNMA) writes them.
//
// Everything that crosses from one stage to another is declared here. The
// package knows the standard library and protobuf; it must not know Kafka,
// ClickHouse, HTTP or files.
package schemas
