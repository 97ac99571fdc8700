// Package reference reads the reference data that operators import: today the
// national directory of establishments (fr-en-annuaire-education, open data
// under Licence Ouverte 2.0).
//
// It turns files that people have downloaded, resaved and damaged into the
// types of package schemas, says in French what it took and what it left, and
// refuses what would make wrong pages. It must not know where the result is
// kept: the caller gives a Store.
package reference
