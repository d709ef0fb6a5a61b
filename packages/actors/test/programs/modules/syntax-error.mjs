export class { // not JavaScript
