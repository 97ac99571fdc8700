// Package access says who asks for a page and what they may see.
//
// A person has territories and rights. They see each of their territories and
// everything below it. Of the territories above, they are shown the totals of
// the whole and nothing else, as values to compare with: the inspector of a
// circonscription reads the key figures of the DSDEN and of the region beside
// their own, but neither opens the page of the DSDEN nor sees a figure of
// another circonscription. Which territory lies below which is read in the
// directory of the current school year: it says who is in charge today, also
// of the figures of a past year.
//
// The rights are apart from the territories: export-national for the files of
// the national cell, which are complete; administration for the list of who
// has access, sessions and the audit; notes for writing notes on the
// territories that the person sees. None opens the page of a territory.
//
// The package must not know what a page shows.
package access
