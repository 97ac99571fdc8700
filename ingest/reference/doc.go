// Package reference reads the reference data that operators import: the
// national directory of establishments (fr-en-annuaire-education), the school
// calendar (fr-en-calendrier-scolaire), pupils by school
// (fr-en-ecoles-effectifs-nb_classes), all open data under Licence Ouverte 2.0,
// the accounts that the ENT says it holds, and the schools enrolled by the
// convention.
//
// It turns files that people have downloaded, resaved and damaged into the
// types of package schemas, says in French what it took and what it left, and
// refuses what would make wrong pages. It must not know where the result is
// kept: the caller gives a Store.
package reference
