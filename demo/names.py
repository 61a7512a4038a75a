"""What invented orders are made of: Indian names, cities, devices and their complaints."""

import re


def _table(text: str) -> list[list[str]]:
    """The lines of `text`, each cut into its parts."""
    return [re.split(r"; +", line.strip()) for line in text.strip().splitlines()]


[PARTNERS, STREETS, NOTES, CLERKS, PARTS] = _table("""
    Suryodaya Mobiles; Lotus Electronics; Vajra Computers; Nilgiri Retail; Bharosa Insurance; Himgiri Devices
    MG Road; Station Road; Gandhi Nagar; Nehru Marg; Park Street; Ring Road; Lake View Road; Civil Lines
    Customer informed by phone; Called twice, no answer; Part on order
    demo-asha; demo-imran; demo-kavita
    Battery; Screen; Keyboard; Charging port; Mainboard
""")
FIRST_NAMES = """
    Aarav Aditi Amit Ananya Anil Arjun Asha Bhavna Chetan Deepa Deepak Divya Farhan Fatima Gaurav Gayatri
    Harish Ishita Jaspreet Karthik Kavita Lakshmi Manoj Meera Mohammed Naveen Neha Nikhil Pooja Pradeep
    Priya Rahul Rajesh Ramesh Ravi Rohan Sana Sanjay Shreya Simran Sneha Suresh Swati Tanvi Uma Varun
""".split()  # noqa: SIM905 (fifty lines as a list)
LAST_NAMES = """
    Agarwal Banerjee Bhat Chauhan Chopra Das Desai Deshmukh Fernandes Ghosh Gill Gupta Hegde Iyer Jain Joshi
    Kapoor Khan Krishnan Kulkarni Kumar Malhotra Mehta Menon Mishra Mukherjee Naidu Nair Patel Patil Pillai
    Rao Reddy Saxena Shah Sharma Shetty Singh Sinha Subramaniam Thakur Verma Yadav
""".split()  # noqa: SIM905 (fifty lines as a list)
# City, state, first three digits of its PIN codes.
PLACES = _table("""
    Mumbai; Maharashtra; 400
    New Delhi; Delhi; 110
    Bangalore; Karnataka; 560
    Hyderabad; Telangana; 500
    Chennai; Tamil Nadu; 600
    Kochi; Kerala; 682
""")
# Category, make, model, size, complaints.
DEVICES = _table("""
    Mobile; Samsung; Galaxy A54; 6.4 inch; Screen cracked; Not charging; Does not switch on
    Mobile; Xiaomi; Redmi Note 12; 6.7 inch; Battery drains fast; Speaker silent
    Laptop; Dell; XPS 15; 15 inch; Keyboard keys dead; Screen cracked; Overheats
    Laptop; HP; Pavilion 14; 14 inch; Battery not charging; Hinge broken
    Tablet; Samsung; Galaxy Tab A9; 11 inch; Not charging; Touch does not react
    Television; LG; OLED C3; 55 inch; Lines on the panel; No sound; HDMI port dead
""")
# Steps that one order in five takes.
[SELDOM] = _table("""
    customer not in location; pickup done; verified date; reached service centre; part demanded; \
    handed over to ASP; part allocated; part received; technician visit; devicecollectedfromasp; \
    device collected from ASP; Servicer visit
""")
