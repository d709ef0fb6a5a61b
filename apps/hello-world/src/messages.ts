/** What the members of this group say to each other: type → body. */
export interface Messages {
  hello: { readonly from: string };
  hello_back: { readonly greeting: string };
  goodbye: undefined;
}
