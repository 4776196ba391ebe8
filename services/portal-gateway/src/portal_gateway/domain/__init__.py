"""Rules of the portal: sessions, baskets, settings and what an order looks like to its orderer."""
